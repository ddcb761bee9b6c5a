"""Data sets that are laid out as SemanticKITTI is, with other labels: SemanticPOSS, RELLIS-3D, and one's own."""

from __future__ import annotations

import numpy as np
import pytest

from data.label_map import load_label_map
from data.labels import BACKGROUND, CAR, CLASS_MAPS, CYCLIST, IGNORE, PEDESTRIAN
from data.sources import open_source
from data.sources.semantic_kitti import PANDORA
from projection.errors import InputError

DEFAULT = CLASS_MAPS["default"]
COLUMNS = 1800


def truth_of(source):
    frame = source.frames[0]
    return source.truth(frame, source.scan(frame), DEFAULT).tolist()


def write(folder, scans, labels, points, ids):
    for name, values in ((scans + "/000000.bin", points), (labels + "/000000.label", np.array(ids, "<u4"))):
        (folder / name).parent.mkdir(parents=True)
        values.tofile(folder / name)
    return folder


@pytest.fixture
def poss(tmp_path):
    """A sequence of SemanticPOSS: beams 0, 20 and 39, three points each, at its sensor's elevations."""
    folder = tmp_path / "dataset" / "sequences" / "00"
    beams = np.repeat([0, 20, 39], 3)
    slopes = np.tan(np.radians(np.array(PANDORA.elevations)[beams]))
    points = np.stack([np.full(9, 10), np.tile([-1, 0, 1], 3), 10 * slopes, np.full(9, 60)], axis=1).astype("<f4")
    write(folder, "velodyne", "labels", points, [7, 4, 5, 6, 22, 0, 21, 9, (3 << 16) | 7])
    tags = np.zeros((40, COLUMNS), bool)
    tags[[0, 20, 39], 100:103] = True
    (folder / "tag").mkdir()
    tags.tofile(folder / "tag" / "000000.tag")
    return folder


def test_poss_is_known_by_its_tags_which_tell_the_beams(poss):
    source = open_source(poss.parents[1])
    assert source.base_sensor == PANDORA
    assert source.labels_around
    assert source.scan(source.frames[0]).ring.tolist() == [0] * 3 + [20] * 3 + [39] * 3
    assert truth_of(source) == [
        CAR, PEDESTRIAN, PEDESTRIAN, CYCLIST, BACKGROUND, IGNORE, IGNORE, BACKGROUND, CAR,
    ]  # fmt: skip


@pytest.mark.parametrize("tags", [np.ones(9, bool), np.zeros(40 * COLUMNS, bool)], ids=["short", "of another scan"])
def test_tags_that_dont_fit_are_told(poss, tags):
    tags.tofile(poss / "tag" / "000000.tag")
    source = open_source(poss)
    with pytest.raises(InputError, match=r"000000\.tag: .* directions, but a scan of 9 points"):
        source.scan(source.frames[0])


@pytest.mark.parametrize("sensor", ["os1", "vel"])
@pytest.mark.parametrize("inner", ["", "00003", "00003/{}_cloud_node_kitti_bin"])
def test_rellis_is_known_by_its_folders(tmp_path, sensor, inner):
    points = np.ones((4, 4), "<f4")
    write(
        tmp_path / "00003",
        f"{sensor}_cloud_node_kitti_bin",
        f"{sensor}_cloud_node_semantickitti_label_id",
        points,
        [8, 17, 3, 0],
    )
    source = open_source(tmp_path / inner.format(sensor))
    assert truth_of(source) == [CAR, PEDESTRIAN, BACKGROUND, IGNORE]
    assert source.base_sensor.beams == (64 if sensor == "os1" else 32)


def test_a_map_that_is_given_is_used(tmp_path, caplog):
    points = np.ones((4, 4), "<f4")
    folder = write(tmp_path / "sequences" / "00", "velodyne", "labels", points, [1, 2, 3, 4])
    source = open_source(folder)
    with pytest.raises(InputError, match=r"--labels"):
        truth_of(source)
    (tmp_path / "mine.yaml").write_text("labels: {1: car, 2: person, 3: road}")
    source.use_labels(load_label_map(tmp_path / "mine.yaml"))
    assert truth_of(source) == [CAR, PEDESTRIAN, BACKGROUND, IGNORE]
    assert "labels that are not known, and not scored: 4 (1 point)" in caplog.messages[0]
    frame = source.frames[0]
    assert source.unknown_labels(frame, source.scan(frame), DEFAULT) == {"4": 1}


def test_all_of_a_collection_gets_the_map(tmp_path):
    for name in ("00", "01"):
        write(tmp_path / "sequences" / name, "velodyne", "labels", np.ones((1, 4), "<f4"), [6])
    source = open_source(tmp_path)
    source.use_labels(load_label_map("semantic_poss"))
    assert [source.truth(frame, source.scan(frame), DEFAULT).tolist() for frame in source.frames] == [[CYCLIST]] * 2


def test_labels_for_what_has_no_numbers_are_refused(make_drive):
    with pytest.raises(InputError, match=r"has no labels that are numbers.*leave out --labels"):
        open_source(make_drive([0])).use_labels(load_label_map("semantic_kitti"))
