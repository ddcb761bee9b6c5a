"""Simulated pictures: the same streets as the drive's, with labels around what is seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.boxes import Box
from data.kitti.calibration import object_calibration
from data.kitti.object_labels import read_object_labels
from data.simulator import Drive, rig, simulate_pictures
from data.simulator.sensor.daylight import Daylight
from data.simulator.sensor.mount import HEIGHT
from data.simulator.sensor.outline import labels
from data.simulator.sensor.picture import pixel_rays, take_picture
from data.simulator.street.scene import Pose
from projection import InputError

SEED = 22


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate_pictures(tmp_path_factory.mktemp("pictures"), 1, SEED, threads=1)


@pytest.fixture(scope="module")
def moment():
    drive = Drive(SEED, 1, threads=1)
    return next(drive.moments(0, drive.layout(0)))


def test_layout_of_the_object_benchmark(folder: Path) -> None:
    files = {str(file.relative_to(folder)) for file in folder.rglob("*.*")}
    assert files == {"image_2/000000.png", "label_2/000000.txt", "calib/000000.txt", "frames.txt", "simulation.json"}
    with Image.open(folder / "image_2" / "000000.png") as image:
        assert (image.size, image.mode) == ((1242, 375), "RGB")
        assert np.asarray(image).std() > 20


def test_a_finished_folder_stays(folder: Path) -> None:
    before = (folder / "image_2" / "000000.png").stat().st_mtime_ns
    assert simulate_pictures(folder.parent, 1, SEED) == folder
    assert (folder / "image_2" / "000000.png").stat().st_mtime_ns == before
    with pytest.raises(InputError, match="holds another"):
        simulate_pictures(folder.parent, 2, SEED)


def test_labels_are_the_boxes_of_the_drive(folder: Path) -> None:
    frame = next(iter(Drive(SEED, 1, threads=1).frames()))
    camera, rectified = object_calibration(folder / "calib" / "000000.txt")
    assert np.allclose(camera.matrix, rig.camera().matrix, atol=1e-4)
    scanned = {box.kind.replace("Person (sitting)", "Person_sitting"): [] for box in frame.boxes}
    for box in frame.boxes:
        scanned[box.kind.replace("Person (sitting)", "Person_sitting")].append(box)
    every = read_object_labels(folder / "label_2" / "000000.txt")
    whole = [label for label in every if label.in_space and label.position[2] < 60]  # what the scanner reaches, too
    assert len(whole) > 5
    for label in whole:
        found = label.box(rectified)
        assert any(_alike(found, box) for box in scanned.get(label.kind, []))


def _alike(one: Box, other: Box) -> bool:
    turn = (one.yaw - other.yaw + np.pi) % (2 * np.pi) - np.pi
    near = np.allclose([*one.centre, *one.size], [*other.centre, *other.size], atol=0.03)
    return near and abs(turn) < 0.03


def test_rectangles_hold_all_that_is_seen(moment) -> None:
    camera = rig.camera()
    daylight = Daylight.drawn(np.random.default_rng(0), len(moment.street.actors))
    picture = take_picture(moment.caster, moment.pose, camera, daylight, np.random.default_rng(0))
    found = labels(moment, picture.owner, camera, rig.rectified_from_lidar())
    for index, label in zip(np.unique(picture.owner)[1:], found, strict=True):
        rows, columns = np.nonzero(picture.owner == index)
        left, top, right, bottom = label.rectangle
        assert columns.min() >= left - 1.5
        assert columns.max() <= right + 1.5
        assert rows.min() >= top - 1.5
        assert rows.max() <= bottom + 1.5
        if label.occlusion == 0 and label.truncation < 0.05:  # and is no larger
            assert np.ptp(rows) > 0.7 * (bottom - top) - 2
        assert -1 <= label.truncation <= 1


def test_rays_go_through_their_pixels() -> None:
    pixels = np.array([(0, 0), (609, 173), (1241, 374)])
    pose = Pose(3.0, -2.0, 0.5, 0.7, 0.02, -0.01)
    rays = pixel_rays(rig.camera(), pose, pixels)
    far = rays[:, :3] + 20 * rays[:, 3:]
    local = (far - (pose.x, pose.y, pose.z + HEIGHT)) @ pose.rotation
    assert np.allclose(rig.camera().pixels(local.astype(np.float32)), pixels, atol=1e-2)
    assert np.allclose(np.linalg.norm(rays[:, 3:], axis=1), 1)


def test_the_same_seed_gives_the_same_picture(moment) -> None:
    def picture(light: int):
        daylight = Daylight.drawn(np.random.default_rng(light), len(moment.street.actors))
        small = replace(rig.camera(), size=(200, 200))
        return take_picture(moment.caster, moment.pose, small, daylight, np.random.default_rng(1)).pixels

    first = picture(5)
    assert np.array_equal(first, picture(5))
    assert not np.array_equal(first, picture(6))
