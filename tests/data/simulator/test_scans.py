"""Simulated scans: stored as KITTI's, with boxes around what was hit."""

from __future__ import annotations

import numpy as np
import pytest

from data.boxes import label_points
from data.labels import BACKGROUND, class_map
from data.simulator import Drive, SimulatedFrame
from projection import PRESETS, estimate_cut, project


@pytest.fixture(scope="module")
def frames() -> list[SimulatedFrame]:
    """Four frames in four streets."""
    return list(Drive(5, 4, scene_per=1, threads=1).frames())


def test_values_are_those_of_the_sensor(frames: list[SimulatedFrame]) -> None:
    for frame in frames:
        points = frame.points
        assert points.dtype == np.float32
        assert np.isfinite(points).all()
        distance = np.linalg.norm(points[:, :3], axis=1)
        assert distance.min() > 0.8
        assert distance.max() < 81
        assert 80_000 < len(points) < 138_000
        steps = points[:, 3] * 100
        assert steps.min() >= 0
        assert steps.max() <= 100
        assert np.allclose(steps, np.round(steps), atol=1e-3)


def test_beams_are_stored_one_after_the_other(frames: list[SimulatedFrame]) -> None:
    for frame in frames:
        azimuth = np.degrees(np.arctan2(frame.points[:, 1], frame.points[:, 0])) % 360
        falls = np.flatnonzero(np.diff(azimuth) < -180)
        assert len(falls) == 63
        assert (np.diff(azimuth) >= -1e-2).sum() == len(azimuth) - 1 - 63  # else rising
        elevation = np.degrees(np.arcsin(frame.points[:, 2] / np.linalg.norm(frame.points[:, :3], axis=1)))
        mean = [part.mean() for part in np.split(elevation, falls + 1)]
        assert np.all(np.diff(mean) < 0.3)
        cut = estimate_cut(frame.points)
        assert min(cut % 360, -cut % 360) < 1.0


def test_beams_fill_the_range_image(frames: list[SimulatedFrame]) -> None:
    for frame in frames:
        image = project(frame.points, PRESETS["hdl64"])
        assert 0.6 < image.mask.mean() < 0.95
        assert image.mask.any(axis=1).all()


def test_the_road_lies_a_sensor_height_below(frames: list[SimulatedFrame]) -> None:
    for frame in frames:
        x, y, z = frame.points[:, :3].T
        near = (np.hypot(x, y) < 6) & (np.abs(y) < 2) & (frame.owner < 0)
        assert np.median(z[near]) == pytest.approx(-1.73, abs=0.15)


def test_boxes_hold_the_points_of_their_actors(frames: list[SimulatedFrame]) -> None:
    kitti = class_map("default")
    inside = owned = right = labelled = 0
    for frame in frames:
        labels = label_points(frame.points, frame.boxes, kitti)
        inside += np.count_nonzero((labels != BACKGROUND) & (frame.owner >= 0))
        owned += np.count_nonzero(frame.owner >= 0)
        for box in frame.boxes:
            if box.kind == "Car":
                held = box.contains(frame.points)
                labelled += np.count_nonzero(held)
                right += np.count_nonzero(held & (frame.owner >= 0))
    assert inside / owned > 0.96
    assert right / labelled > 0.85


def test_every_class_of_road_user_is_there(frames: list[SimulatedFrame]) -> None:
    kinds = {box.kind for frame in frames for box in frame.boxes}
    assert {"Car", "Pedestrian", "Cyclist"} <= kinds
    assert kinds <= {"Car", "Van", "Truck", "Misc", "Pedestrian", "Person (sitting)", "Cyclist"}


def test_boxes_are_those_of_what_was_hit(frames: list[SimulatedFrame]) -> None:
    for frame in frames:
        assert len(frame.boxes) == len(np.unique(frame.owner[frame.owner >= 0]))
        assert all(np.hypot(*box.centre[:2]) < 95 for box in frame.boxes)
        assert all(abs(box.yaw) <= np.pi + 1e-9 for box in frame.boxes)


def test_the_car_that_carries_the_sensor_hides_the_road(frames: list[SimulatedFrame]) -> None:
    for frame in frames:
        x, y, z = frame.points[:, :3].T
        assert not np.any(
            (np.degrees(np.arctan2(-z, np.hypot(x, y))) > 24.2) & (np.abs(np.degrees(np.arctan2(y, x))) < 10)
        )


def test_the_ego_car_is_never_inside_anybody() -> None:
    for frame in Drive(8, 6, scene_per=3, interval=1.0, threads=1).frames():
        assert not any(box.contains(np.array([[0, 0, -1, 0]], np.float32)).any() for box in frame.boxes)
