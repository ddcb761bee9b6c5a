"""squeezeseg detect, detect train, detect eval."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from data.kitti.images import open_images
from data.kitti.object_labels import flat_label, read_object_labels
from squeezeseg.detection.detector import save_detector
from squeezeseg.detection.squeezedet import VARIANTS, SqueezeDet


@pytest.fixture
def training(tmp_path):
    folder = tmp_path / "training"
    (folder / "image_2").mkdir(parents=True)
    (folder / "label_2").mkdir()
    for name in ("000000", "000001"):
        Image.fromarray(np.full((60, 120, 3), 90, np.uint8)).save(folder / "image_2" / f"{name}.png")
        (folder / "label_2" / f"{name}.txt").write_text(f"{flat_label('Car', (10.0, 5.0, 70.0, 50.0))}\n")
    return folder


@pytest.fixture
def weights(tmp_path):
    file = tmp_path / "model.safetensors"
    save_detector(file, SqueezeDet(VARIANTS["squeezedet"], 128, 64), "made by hand")
    return file


def test_detect_writes_labels_and_pictures(training, weights, tmp_path, cli):
    out = tmp_path / "out"
    options = ("detect", training, "--model", weights, "--out", out, "--pictures", "--sure", "0")
    told = json.loads(cli(*options, "--json").out)
    assert told["pictures"] == 2
    labels = read_object_labels(out / "data" / "000001.txt")
    assert sum(told["objects"].values()) == 2 * len(labels) > 0
    assert all(label.score is not None for label in labels)
    assert sorted(file.name for file in (out / "pictures").iterdir()) == ["000000.png", "000001.png"]
    assert "not empty" in cli(*options).err
    (out / "data" / "000000.txt").unlink()
    kept = (out / "data" / "000001.txt").stat().st_mtime_ns
    assert cli(*options, "--resume").status == 0
    assert (out / "data" / "000000.txt").is_file()
    assert (out / "data" / "000001.txt").stat().st_mtime_ns == kept


def test_a_run_with_other_weights_is_not_resumed(training, weights, tmp_path, cli):
    out = tmp_path / "out"
    assert cli("detect", training, "--model", weights, "--out", out).status == 0
    save_detector(weights, SqueezeDet(VARIANTS["squeezedet"], 128, 64), "others")
    assert "other weights" in cli("detect", training, "--model", weights, "--out", out, "--resume").err


def test_detect_eval_scores_a_run(training, tmp_path, cli):
    (tmp_path / "run" / "data").mkdir(parents=True)
    images = open_images(training)
    for image in images.files:
        found = flat_label("Car", (10.0, 5.0, 70.0, 50.0), 0.9)
        (tmp_path / "run" / "data" / f"{image.stem}.txt").write_text(f"{found}\n")
    options = ("detect", "eval", training, "--predictions", tmp_path / "run")
    told = json.loads(cli(*options, "--json").out)
    # Two objects give two of the 41 steps of recall, as the development kit has it: one is among the 11.
    assert told["average_precision"]["11 points"]["Car"]["easy"] == pytest.approx(1 / 11)
    assert told["average_precision"]["40 points"]["Cyclist"]["easy"] is None
    assert "Pedestrian" in cli(*options).out


def test_detect_eval_runs_a_network(training, weights, cli):
    assert cli("detect", "eval", training, "--model", weights).status == 0
    assert "give either" in cli("detect", "eval", training).err


def test_detect_train(training, tmp_path, cli):
    options = ("detect", "train", training, "--size", "128x64", "--steps", "1", "--batch", "1")
    out = tmp_path / "run"
    told = json.loads(cli(*options, "--out", out, "--json").out)
    assert told == {"weights": str(out / "model.safetensors"), "pictures": 2, "steps": 1}
    assert "holds a run" in cli(*options, "--out", out).err
    assert cli("detect", training, "--model", out / "model.safetensors", "--out", tmp_path / "found").status == 0


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--size", "big"), "--size 'big'"),
        (("--size", "10x10"), "width"),
        (("--steps", "0"), "steps"),
        (("--init", "none.h5"), "none.h5"),
    ],
)
def test_what_can_not_be_trained(training, tmp_path, cli, options, why):
    outcome = cli("detect", "train", training, "--out", tmp_path / "run", *options)
    assert outcome.status == 2
    assert why in outcome.err
