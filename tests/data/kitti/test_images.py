"""Pictures and the labels beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.kitti.images import open_images, read_image
from data.kitti.object_labels import flat_label, read_object_labels
from projection import InputError

PIXELS = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


@pytest.fixture
def training(tmp_path: Path) -> Path:
    folder = tmp_path / "training"
    (folder / "label_2").mkdir(parents=True)
    (folder / "image_2").mkdir()
    for name in ("000000", "000002", "000007"):
        Image.fromarray(PIXELS).save(folder / "image_2" / f"{name}.png")
    (folder / "label_2" / "000002.txt").write_text(f"{flat_label('Car', (1, 2, 3, 4.5))}\n")
    return folder


@pytest.mark.parametrize("place", [".", "..", "image_2", "image_2/000002.png"])
def test_open_images(training, place):
    images = open_images(training / place)
    names = [file.stem for file in images.files]
    assert names == (["000002"] if place.endswith("png") else ["000000", "000002", "000007"])
    assert [file.stem for file in images.labelled.files] == ["000002"]
    (label,) = images.read_labels(images.labelled.files[0])
    assert (label.kind, label.rectangle) == ("Car", (1, 2, 3, 4.5))


def test_a_split_names_its_pictures(training, tmp_path):
    split = tmp_path / "train.txt"
    split.write_text("000007\n000000\n")
    assert [file.stem for file in open_images(training).listed(split).files] == ["000007", "000000"]
    split.write_text("000001\n")
    with pytest.raises(InputError, match="'000001' is no picture"):
        open_images(training).listed(split)
    with pytest.raises(InputError, match="cannot be read"):
        open_images(training).listed(tmp_path / "none.txt")


def test_no_pictures_and_no_labels(training, tmp_path):
    (training / "label_2" / "000002.txt").unlink()
    with pytest.raises(InputError, match="no labels"):
        _ = open_images(training).labelled
    with pytest.raises(InputError, match="no pictures"):
        open_images(training / "label_2")
    with pytest.raises(InputError, match="no picture"):
        open_images(Path(__file__))


def test_read_image(training):
    assert np.array_equal(read_image(training / "image_2" / "000000.png"), PIXELS)


@pytest.mark.parametrize("content", [b"", b"no picture", "half"])
def test_damaged_pictures(training, content):
    file = training / "image_2" / "000000.png"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(InputError, match="cannot be read as a picture"):
        read_image(file)


def test_too_large_a_picture(training, monkeypatch):
    monkeypatch.setattr("data.kitti.images.MAX_PIXELS", 40)
    with pytest.raises(InputError, match="8 x 6 pixels"):
        read_image(training / "image_2" / "000000.png")


def test_labels_are_written_as_they_are_read(tmp_path):
    line = "Pedestrian 0.20 1 -0.35 712.40 143.00 810.73 307.92 1.89 0.48 1.20 1.84 1.47 8.41 0.01"
    (tmp_path / "a.txt").write_text(f"{line}\n{line} 0.7500\n")
    first, second = read_object_labels(tmp_path / "a.txt")
    assert (str(first), first.score) == (line, None)
    assert (first.truncation, first.occlusion, first.alpha) == (0.2, 1, -0.35)
    assert (str(second), second.score) == (f"{line} 0.7500", 0.75)
