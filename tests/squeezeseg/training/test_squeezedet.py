"""Training of SqueezeDet: augmentation, samples, and runs that go on where they stopped."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from data.kitti.images import open_images
from data.kitti.object_labels import flat_label
from projection import InputError
from squeezeseg.detection.decoding import boxes as decoded
from squeezeseg.detection.detector import Detector
from squeezeseg.detection.rectangles import centred, cornered
from squeezeseg.detection.squeezedet import VARIANTS, SqueezeDet
from squeezeseg.training.squeezedet.augmentation import augmented, flipped, moved
from squeezeseg.training.squeezedet.run import train_detector
from squeezeseg.training.squeezedet.samples import PictureSamples
from squeezeseg.training.squeezedet.settings import DetectorSettings

WIDTH, HEIGHT = 128, 64
SETTINGS = DetectorSettings(width=WIDTH, height=HEIGHT, steps=4, batch=2, drift_x=20, drift_y=10, precision="float32")


def picture(box):
    """Black, with a white rectangle: left, top, right, bottom, both ends included."""
    pixels = np.zeros((50, 100, 3), np.uint8)
    left, top, right, bottom = box
    pixels[top : bottom + 1, left : right + 1] = 255
    return pixels


def white(pixels):
    """The rectangle that is white."""
    rows, columns = np.nonzero(pixels[:, :, 0])
    return [columns.min(), rows.min(), columns.max(), rows.max()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "image_2").mkdir()
    (tmp_path / "label_2").mkdir()
    for number, box in enumerate([(10, 10, 40, 30), (50, 5, 90, 40), (20, 20, 30, 40)]):
        Image.fromarray(picture(box)).save(tmp_path / "image_2" / f"{number}.png")
        labels = [flat_label("Car", tuple(map(float, box))), flat_label("Van", (0.0, 0.0, 9.0, 9.0))]
        (tmp_path / "label_2" / f"{number}.txt").write_text("".join(f"{label}\n" for label in labels))
    return tmp_path


@given(st.integers(-9, 15), st.integers(-9, 15), st.booleans())
def test_boxes_move_with_what_they_are_around(aside, down, mirror):
    box = (10, 10, 40, 30)
    pixels, boxes = moved(picture(box), centred(np.array([box], float)), aside, down)
    if mirror:
        pixels, boxes = flipped(pixels, boxes)
    assert pixels.shape == (50 + down, 100 + aside, 3)
    assert cornered(boxes).tolist() == [white(pixels)]


@given(st.integers(0, 10_000))
def test_no_box_is_cut_off(seed):
    box = (10, 4, 40, 30)
    pixels, boxes = augmented(picture(box), centred(np.array([box], float)), np.random.default_rng(seed), (30, 20))
    assert cornered(boxes).tolist() == [white(pixels)]
    assert np.ptp(cornered(boxes)[0, ::2]) == 30


def test_samples_are_of_the_classes_that_are_detected(folder):
    samples = PictureSamples.of(open_images(folder))
    assert [len(each) for each in samples.boxes] == [1, 1, 1]
    assert [each.tolist() for each in samples.classes] == [[0], [0], [0]]


def test_a_batch_and_its_targets(folder):
    samples = PictureSamples.of(open_images(folder))
    network = SqueezeDet(VARIANTS["squeezedet"], WIDTH, HEIGHT)
    images, targets = samples.batch(0, network, SETTINGS)
    assert images.shape == (2, 3, HEIGHT, WIDTH)
    assert targets.image.tolist() == [0, 1]
    anchors = torch.from_numpy(network.anchors).float()[targets.anchor]
    small = (targets.deltas[:, 2:] <= 1).all(1)
    back = decoded(targets.deltas, anchors, (WIDTH, HEIGHT))
    assert torch.allclose(back[small], targets.boxes[small], atol=1e-3)
    for image, box in zip(images, targets.boxes, strict=True):
        # The white rectangle is where the box says, to a pixel of the resized picture.
        rows, columns = torch.nonzero(image[0] > 0, as_tuple=True)
        found = (columns.min(), rows.min(), columns.max(), rows.max())
        wanted = cornered(box[None].double().numpy())[0]
        assert np.allclose([float(edge) for edge in found], wanted, atol=1.5)


def test_each_epoch_sees_each_picture_once(folder):
    samples = PictureSamples.of(open_images(folder))
    network = SqueezeDet(VARIANTS["squeezedet"], WIDTH, HEIGHT)
    one = SETTINGS.model_copy(update={"batch": 1, "drift_x": 0, "drift_y": 0})
    widths = [samples.batch(step, network, one)[1].boxes[0, 2].item() for step in range(6)]
    assert sorted(widths[:3]) == sorted(widths[3:])
    assert len(set(widths)) == 3


def test_a_run_goes_on_where_it_stopped(folder, tmp_path):
    samples = PictureSamples.of(open_images(folder))
    whole = train_detector(SETTINGS, samples, tmp_path / "whole", command="made")

    def stop(progress):
        if progress.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_detector(SETTINGS, samples, tmp_path / "parts", on_step=stop)
    parts = train_detector(SETTINGS, samples, tmp_path / "parts", command="made")
    assert parts.read_bytes() == whole.read_bytes()
    losses = [json.loads(line)["loss"] for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert len(losses) == 4
    detector = Detector.load(parts)
    assert (detector.card.width, detector.card.height, detector.card.command) == (WIDTH, HEIGHT, "made")
    assert all(0 <= label.score <= 1 for label in detector(picture((10, 10, 40, 30)), least=0.0))
    with pytest.raises(InputError, match="another rate"):
        train_detector(SETTINGS.model_copy(update={"rate": 1e-3}), samples, tmp_path / "parts")


def test_damaged_weights(tmp_path):
    file = tmp_path / "model.safetensors"
    for content in (b"", b"nothing", b"\x10" + bytes(30)):
        file.write_bytes(content)
        with pytest.raises(InputError, match="no weights of 'squeezeseg detect train'"):
            Detector.load(file)
    with pytest.raises(InputError, match="no weights"):
        Detector.load(tmp_path / "none.safetensors")


@pytest.mark.slow
def test_the_loss_falls(folder, tmp_path):
    """Three pictures are learned by heart, as far as a few steps go."""
    samples = PictureSamples.of(open_images(folder))
    settings = SETTINGS.model_copy(update={"steps": 60, "drift_x": 0, "drift_y": 0})
    train_detector(settings, samples, tmp_path / "run")
    losses = [json.loads(line)["loss"] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert np.mean(losses[-10:]) < 0.3 * np.mean(losses[:5])
