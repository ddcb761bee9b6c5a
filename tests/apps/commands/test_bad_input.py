"""Bad input: one line that names the file, exit status 2, nothing half-written."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drive import files, write_drive
from helpers.models import card

from squeezeseg import Model, save_model

FRAME = "0000000001"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch, reflectance):
    """Names of files are relative to tmp_path, where a drive lies in its date's folder."""
    monkeypatch.chdir(tmp_path)
    write_drive(tmp_path).parent.rename(tmp_path / "drive")


def sequence(tmp_path, labels=b""):
    folder = tmp_path / "sequences" / "00"
    (folder / "velodyne").mkdir(parents=True)
    (folder / "labels").mkdir()
    np.ones((5, 4), np.float32).tofile(folder / "velodyne" / "000000.bin")
    (folder / "labels" / "000000.label").write_bytes(labels)


def truncated_scan(tmp_path):
    (tmp_path / "short.bin").write_bytes(bytes(100))
    return "segment short.bin --out run", "short.bin"


def truncated_scan_to_score(tmp_path):
    sequence(tmp_path, bytes(20))
    (tmp_path / "sequences" / "00" / "velodyne" / "000000.bin").write_bytes(bytes(17))
    return "eval sequences", "000000.bin"


def folder_without_scans(tmp_path):
    (tmp_path / "empty").mkdir()
    return "segment empty --out run", "empty"


def no_such_path(tmp_path):
    return "segment nowhere --out run", "nowhere"


def unknown_suffix(tmp_path):
    (tmp_path / "scan.las").write_bytes(b"LASF")
    return "segment scan.las --out run", "scan.las"


def wrong_dtype(tmp_path):
    np.save(tmp_path / "scan.npy", np.full((10, 4), "far"))
    return "segment scan.npy --out run", "scan.npy"


def pickled_scan(tmp_path):
    np.save(tmp_path / "scan.npy", np.array([[object()] * 4]), allow_pickle=True)
    return "segment scan.npy --out run", "scan.npy"


def wrong_shape(tmp_path):
    np.save(tmp_path / "scan.npy", np.zeros((10, 2), np.float32))
    return "segment scan.npy --out run", "scan.npy"


def labels_of_another_length(tmp_path):
    sequence(tmp_path, labels=bytes(16))
    return "eval sequences", "000000.label"


def broken_tracklets(tmp_path):
    next(tmp_path.glob("drive/*/tracklet_labels.xml")).write_text("<boost_serialization><tracklets>")
    return "eval drive", "tracklet_labels.xml"


def no_labels(tmp_path):
    next(tmp_path.glob("drive/*/tracklet_labels.xml")).unlink()
    return "eval drive", "drive"


def weights_for_other_classes(tmp_path):
    save_model(tmp_path / "cats.safetensors", Model(card("squeezeseg", classes=("cat", "dog")), {}))
    return "segment drive --out run --weights cats.safetensors", "cats.safetensors"


def truncated_weights(tmp_path):
    save_model(tmp_path / "w.safetensors", Model(card("squeezeseg"), {"network.a": np.ones(9, np.float32)}))
    (tmp_path / "w.safetensors").write_bytes((tmp_path / "w.safetensors").read_bytes()[:-4])
    return "eval drive --weights w.safetensors", "w.safetensors"


def missing_weights(tmp_path):
    return "segment drive --out run --weights best.safetensors", "best.safetensors"


def output_below_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    return "segment drive --out file/run", "file/run"


def output_is_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    return "segment drive --out file", "file"


def somebody_elses_folder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    return "segment drive --out mine", "mine"


def resuming_somebody_elses_folder(tmp_path):
    somebody_elses_folder(tmp_path)
    return "segment drive --out mine --resume", "mine/run.json"


def damaged_run(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text('{"format": "squeezeseg-run/1", "settings": {}, "frames": [1]}')
    return "segment drive --out run --resume", "run/run.json"


def unwritable_scores(tmp_path):
    (tmp_path / "file").write_text("x")
    return "eval drive --out file/scores.json", "file/scores.json"


def scores_over_a_folder(tmp_path):
    return "eval drive --out drive", "drive"


def unwritable_drive(tmp_path):
    (tmp_path / "file").write_text("x")
    return "simulate file --frames 1", "file"


def demo_in_somebody_elses_folder(tmp_path):
    somebody_elses_folder(tmp_path)
    return "demo --out mine", "mine"


def no_predictions(tmp_path):
    (tmp_path / "run").mkdir()
    return "eval drive --predictions run", "run"


def predictions_of_other_frames(tmp_path, cli):
    cli("segment", "drive", "--out", "run", "--frames", "0")
    return "eval drive --predictions run", f"run/labels/{FRAME}.label"


def predictions_of_another_length(tmp_path, cli):
    cli("segment", "drive", "--out", "run")
    (tmp_path / "run" / "labels" / f"{FRAME}.label").write_bytes(bytes(8))
    return "eval drive --predictions run", f"run/labels/{FRAME}.label"


def predictions_of_other_classes(tmp_path, cli):
    cli("segment", "drive", "--out", "run")
    np.full(3300, 40, "<u4").tofile(tmp_path / "run" / "labels" / f"{FRAME}.label")
    return "eval drive --predictions run", f"run/labels/{FRAME}.label"


def unknown_key_of_a_sensor(tmp_path):
    (tmp_path / "mine.yaml").write_text("beams: [1, 2]\nhigh: 2\n")
    return "segment drive --out run --sensor mine.yaml", "mine.yaml"


def validation_without_labels(tmp_path):
    sequence(tmp_path)
    (tmp_path / "sequences" / "00" / "labels" / "000000.label").unlink()
    return "train drive --out run --val sequences", "sequences/00"


def unknown_setting(tmp_path):
    (tmp_path / "recipe.yaml").write_text("stpes: 3\n")
    return "train drive --out run --settings recipe.yaml", "recipe.yaml: unknown setting 'stpes'; did you mean 'steps'?"


def settings_that_are_no_yaml(tmp_path):
    (tmp_path / "recipe.yaml").write_text("steps: [\n")
    return "train drive --out run --settings recipe.yaml", "recipe.yaml: no YAML"


def missing_settings(tmp_path):
    return "train drive --out run --settings recipe.yaml", "recipe.yaml: cannot be read (No such file or directory)"


def missing_list(tmp_path):
    return "segment drive --out run --split val.txt", "val.txt: no list of frames (No such file or directory);"


CASES = [
    truncated_scan,
    truncated_scan_to_score,
    folder_without_scans,
    no_such_path,
    unknown_suffix,
    wrong_dtype,
    pickled_scan,
    wrong_shape,
    labels_of_another_length,
    broken_tracklets,
    no_labels,
    weights_for_other_classes,
    truncated_weights,
    missing_weights,
    output_below_a_file,
    output_is_a_file,
    somebody_elses_folder,
    resuming_somebody_elses_folder,
    damaged_run,
    unwritable_scores,
    scores_over_a_folder,
    unwritable_drive,
    demo_in_somebody_elses_folder,
    no_predictions,
    predictions_of_other_frames,
    predictions_of_another_length,
    predictions_of_other_classes,
    unknown_key_of_a_sensor,
    missing_list,
    validation_without_labels,
    unknown_setting,
    settings_that_are_no_yaml,
    missing_settings,
]


@pytest.mark.parametrize("prepare", CASES, ids=lambda prepare: prepare.__name__)
def test_bad_files(tmp_path, cli, prepare):
    command, named = prepare(tmp_path, *([cli] if prepare.__code__.co_argcount == 2 else []))
    before = files(tmp_path)
    outcome = cli(*command.split())
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert named in outcome.err
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("segment", "SOURCE"),
        ("segment drive --fast", "--fast"),
        ("segment drive --view rear", "rear"),
        ("segment drive --format las", "las"),
        ("segment drive --frames 9:", "9:"),
        ("segment drive --frames a:b", "a:b"),
        ("segment drive --every 0", "every 0"),
        ("segment drive --sensor hdl65", "hdl65"),
        ("segment drive --neighbours -1", "neighbours -1"),
        ("segment drive --height -3", "height"),
        ("segment drive --pictures -1", "pictures"),
        ("eval drive --class-map mine", "mine"),
        ("simulate out --frames 0", "frames"),
        ("demo --out out --frames 0", "frames"),
        ("simulate out --seed -1", "seed"),
        ("paint drive", "paint"),
        ("train --model mobilenetv9", "mobilenetv9"),
        ("train drive --fresh 2", "--fresh simulates what is learned from; leave out SOURCE"),
        ("train --fresh 0.5", "fresh"),
        ("train --model auto", "auto is a choice among trained networks; name one here"),
        ("frontier --model auto", "auto is a choice among trained networks; name one here"),
        ("profile auto", "auto is a choice among trained networks; name one here"),
        ("compress auto --bytes 300000", "auto: no such weights; give a .safetensors"),
    ],
)
def test_bad_options(tmp_path, cli, command, named):
    before = files(tmp_path)
    outcome = cli(*command.split())
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    assert named in outcome.err
    assert files(tmp_path) == before
