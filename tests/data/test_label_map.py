"""Label maps: what the numbers of a data set's labels mean."""

from __future__ import annotations

import numpy as np
import pytest

from data.label_map import FOLDER, load_label_map, shipped_map, shipped_names
from data.labels import BACKGROUND, CAR, CYCLIST, IGNORE, PEDESTRIAN
from projection.errors import InputError


@pytest.mark.parametrize(
    ("name", "numbers", "classes"),
    [
        ("semantic_kitti", [10, 13, 18, 20, 252, 257, 258, 259], CAR),
        ("semantic_kitti", [30, 254], PEDESTRIAN),
        ("semantic_kitti", [31, 32, 253, 255], CYCLIST),
        ("semantic_kitti", [0, 1, 11, 15, 16, 256, 77], IGNORE),
        ("semantic_kitti", [40, 44, 48, 49, 50, 51, 52, 60, 70, 71, 72, 80, 81, 99], BACKGROUND),
        ("semantic_poss", [7], CAR),
        ("semantic_poss", [4, 5], PEDESTRIAN),
        ("semantic_poss", [6], CYCLIST),
        ("semantic_poss", [0, 21, 1, 20], IGNORE),
        ("semantic_poss", [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 22], BACKGROUND),
        ("rellis_3d", [8], CAR),
        ("rellis_3d", [17], PEDESTRIAN),
        ("rellis_3d", [0, 2, 35], IGNORE),
        ("rellis_3d", [1, 3, 4, 12, 19, 34], BACKGROUND),
    ],
)
def test_numbers_of_data_sets_are_our_classes(name, numbers, classes):
    assert set(shipped_map(name).table[numbers]) == {classes}


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_map_knows_each_of_its_labels(name):
    one = shipped_map(name)
    assert one.classes
    assert not one.unknown(np.array(list(one.labels), np.uint16))
    assert (FOLDER / f"{name}.yaml").is_file()


def test_no_name_means_two_things_in_the_shipped_maps():
    meanings = {}
    for one in map(shipped_map, shipped_names()):
        for name, class_id in one.classes.items():
            assert meanings.setdefault(name, class_id) == class_id, name


def test_names_of_a_file_without_classes_mean_what_they_mean_elsewhere(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        'name: "mine"\nlabels:\n  1: "Moving_Car"\n  2: person\n  3: rider\n  4: "road"\n  5: unicorn\n'
        "color_map:\n  1: [0, 0, 0]\nlearning_map: {1: 1}\n"
    )
    one = load_label_map(file)
    assert one.name == "mine"
    assert one.table[1:7].tolist() == [CAR, PEDESTRIAN, CYCLIST, BACKGROUND, IGNORE, IGNORE]
    assert one.unknown(np.array([1, 5, 5, 6], np.uint16)) == {"5 'unicorn'": 2, "6": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "needs 'labels'"),
        ("[1, 2]", "needs 'labels'"),
        ("name: x", "needs 'labels'"),
        ("labels: [car]", "labels: expected lines"),
        ("labels: {car: 1}", "'car': 1 is no number"),
        ("labels: {70000: car}", "70000: 'car' is no number"),
        ("labels: {true: car}", "True: 'car' is no number"),
        ("labels: {1: 2}", "1: 2 is no number"),
        ("labels: {1: car}\nclasses: [car]", "classes: expected a list of names for each of background, car"),
        ("labels: {1: car}\nclasses: {lorry: [car]}", "unknown class 'lorry'; use background, car"),
        ("labels: {1: car}\nclasses: {car: car}", "car: expected a list of names"),
        ("labels: {1: car}\nclasses: {car: [a b], cyclist: [A-B]}", "'A-B' is of two classes"),
        ("labels: &a {1: *a}", "no YAML"),
    ],
)
def test_what_is_no_map_is_told_in_a_line(tmp_path, text, reason):
    file = tmp_path / "labels.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=r"labels\.yaml: .*") as raised:
        load_label_map(file)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(InputError, match=r"unknown labels 'poss': use one of .*semantic_poss, or a \.yaml file"):
        load_label_map("poss")
