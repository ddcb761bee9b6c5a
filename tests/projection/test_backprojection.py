"""Back-projection: values of pixels to points."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.real import DRIVE_0048
from helpers.scans import SMALL, SMALL_FRONT, full_scan, polar
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.projection import back_project as reference_back_project

from projection import back_project, preset, project
from projection.backprojection import back_project_objects


def scene(*pixels, sensor=SMALL):
    """An image of points (row, column, range), where column counts in columns of 11.25 degrees from the left edge."""
    row, column, distance = np.array(pixels, float).T
    azimuth = sensor.azimuth_left - (column + 0.5) * (sensor.azimuth_left - sensor.azimuth_right) / sensor.columns
    return project(polar(distance, azimuth, -8.0), sensor, row.astype(np.uint8))


def labels(image, **at):
    """Labels 0 but for those of the pixels that `at` names by number of point."""
    values = np.zeros(image.sensor.shape, np.uint8)
    for point, value in at.items():
        values.ravel()[image.pixel[int(point[1:])]] = value
    return values


@pytest.mark.parametrize("sensor", [SMALL, SMALL_FRONT])
def test_the_index_comes_back(sensor):
    points, _, _ = full_scan(SMALL)
    image = project(points, sensor)
    winner = back_project(image.index, image, fill=-1)
    np.testing.assert_array_equal(winner[image.index[image.mask]], image.index[image.mask])
    np.testing.assert_array_equal(winner >= 0, image.pixel >= 0)
    assert np.all(image.distance[winner[winner >= 0]] <= image.distance[winner >= 0])


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.float32, np.float64])
def test_the_dtype_stays(dtype):
    image = project(polar(10.0, np.array([0.5, 170.0]), 0.0), SMALL_FRONT)
    out = back_project(np.full((8, 16), 3, dtype), image, fill=7)
    assert out.dtype == dtype
    assert out.tolist() == [3, 7]


def test_points_outside_the_view_get_255():
    image = project(polar(10.0, np.array([170.0, 0.5]), 0.0), SMALL_FRONT)
    assert back_project(np.ones((8, 16), np.uint8), image).tolist() == [255, 1]


@pytest.mark.parametrize("neighbours", [0, 5])
def test_what_is_no_return_gets_the_fill(neighbours):
    points = np.array([[np.nan, 1, 1, 0], [0, 0, 0, 0], [np.inf, 0, 0, 0]], np.float32)
    assert back_project(np.ones((8, 32), np.uint8), project(points, SMALL), neighbours=neighbours).tolist() == [255] * 3


@pytest.mark.parametrize("neighbours", [0, 5])
def test_an_empty_scan(neighbours):
    image = project(np.empty((0, 4), np.float32), SMALL)
    assert back_project(np.ones((8, 32), np.uint8), image, neighbours=neighbours).shape == (0,)


@pytest.mark.parametrize("shape", [(8, 31), (32, 8), (256,), (1, 8, 32)])
def test_values_of_another_shape(shape):
    image = project(polar(10.0, 0.0, 0.0), SMALL)
    with pytest.raises(ValueError, match=r"expected values \(8, 32\), got"):
        back_project(np.zeros(shape, np.uint8), image)


def test_only_integers_vote():
    image = project(polar(10.0, 0.0, 0.0), SMALL)
    with pytest.raises(ValueError, match="only integer values can vote, got float32"):
        back_project(np.zeros((8, 32), np.float32), image, neighbours=3)


@pytest.mark.parametrize(
    ("distance", "expected"),
    [(20.0, 2), (10.9, 1), (11.1, 1), (15.0, 1)],
    ids=["on another surface", "near the winner", "no neighbour near enough", "between surfaces"],
)
def test_who_votes(distance, expected):
    # A pole (label 1) at 10 m before a wall (label 2) at 20 m; the last point lost its pixel to the pole.
    image = scene((3, 5, 10.0), (3, 4, 20.0), (3, 6, 20.0), (3, 5, distance))
    out = back_project(labels(image, p0=1, p1=2, p2=2), image, neighbours=5)
    assert out.tolist() == [1, 2, 2, expected]
    assert back_project(labels(image, p0=1, p1=2, p2=2), image)[3] == 1


@pytest.mark.parametrize(("neighbours", "expected"), [(1, 4), (2, 4), (3, 2), (50, 2)])
def test_the_most_frequent_of_the_nearest_wins_and_the_nearest_of_a_tie(neighbours, expected):
    image = scene((3, 5, 10.0), (3, 4, 20.1), (2, 6, 20.3), (4, 6, 20.5), (3, 5, 20.0))
    values = labels(image, p0=1, p1=4, p2=2, p3=2)
    assert back_project(values, image, neighbours=neighbours)[4] == expected


@pytest.mark.parametrize(
    ("row", "column", "expected"), [(5, 7, 2), (1, 3, 2), (6, 5, 1), (0, 5, 1), (3, 8, 1), (3, 2, 1)]
)
def test_the_window_is_5_by_5(row, column, expected):
    image = scene((3, 5, 10.0), (row, column, 20.0), (3, 5, 20.0))
    assert back_project(labels(image, p0=1, p1=2), image, neighbours=5)[2] == expected


@pytest.mark.parametrize("row", [0, 7])
def test_the_window_ends_at_the_first_and_last_row(row):
    image = scene((row, 5, 10.0), (7 - row, 5, 20.0), (row, 5, 20.0))
    assert back_project(labels(image, p0=1, p1=2), image, neighbours=5)[2] == 1


@pytest.mark.parametrize(("sensor", "expected"), [(SMALL, 2), (SMALL_FRONT, 1)], ids=["full turn", "front"])
@pytest.mark.parametrize("left", [True, False])
def test_the_window_goes_round_a_full_turn_only(sensor, expected, left):
    edge, other = (0, sensor.columns - 1) if left else (sensor.columns - 1, 0)
    image = scene((3, edge, 10.0), (3, other, 20.0), (3, edge, 20.0), sensor=sensor)
    assert back_project(labels(image, p0=1, p1=2), image, neighbours=5)[2] == expected


def test_empty_pixels_do_not_vote():
    # Their range is 0, less than a metre from both points'.
    image = scene((3, 5, 0.2), (3, 5, 0.9))
    assert back_project(labels(image, p0=1), image, neighbours=5, gap=0.5).tolist() == [1, 1]


def test_values_and_image_are_left_alone():
    image = scene((3, 5, 10.0), (3, 4, 20.0), (3, 5, 20.0))
    values = labels(image, p0=1, p1=2)
    before, ranges = values.copy(), image.channels.copy()
    back_project(values, image, neighbours=5)
    np.testing.assert_array_equal(values, before)
    np.testing.assert_array_equal(image.channels, ranges)


def crowd(seed, count, sensor):
    """Points at whole quarters of a metre along the range: ties of distance, and differences of exactly the gap."""
    rng = np.random.default_rng(seed)
    distance = np.round(rng.uniform(1.0, 12.0, count) * 4) / 4
    points = polar(distance, rng.uniform(-180, 180, count), 0.0)
    return rng, project(points, sensor, rng.integers(0, 8, count).astype(np.uint8))


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 400),
    st.sampled_from([SMALL, SMALL_FRONT]),
    st.sampled_from([0, 1, 3, 5, 30]),
    st.sampled_from([0.25, 1.0, 10.0]),
    st.sampled_from([0.05, 0.5, 1.0]),
)
@settings(max_examples=100, deadline=None)
def test_the_kernel_agrees_with_the_reference(seed, count, sensor, neighbours, gap, mixed):
    rng, image = crowd(seed, count, sensor)
    values = (rng.integers(0, 4, sensor.shape) * (rng.random(sensor.shape) < mixed)).astype(np.uint8)
    expected = reference_back_project(values, image, sensor.full_turn, neighbours=neighbours, gap=gap)
    np.testing.assert_array_equal(back_project(values, image, neighbours=neighbours, gap=gap), expected)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 400),
    st.sampled_from([SMALL, SMALL_FRONT]),
    st.sampled_from([0, 1, 5]),
    st.sampled_from([0.05, 0.5, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_label_and_object_are_voted_on_as_one(seed, count, sensor, neighbours, mixed):
    rng, image = crowd(seed, count, sensor)
    seen = rng.random(sensor.shape) < mixed
    labels, objects = (
        (rng.integers(0, 3, sensor.shape) * seen).astype(np.uint8),
        rng.integers(0, 3, sensor.shape) * seen,
    )
    certainty = rng.random(sensor.shape, np.float32)
    found = np.empty(count, np.uint8), np.empty(count, np.float32), np.empty(count, np.uint16)
    back_project_objects(
        labels, objects.astype(np.uint16), certainty, image.channels[4], image.pixel, image.distance, neighbours,
        sensor.full_turn, 255, np.empty(sensor.shape, np.int32), *found,
    )  # fmt: skip
    both = reference_back_project(objects * 256 + labels, image, sensor.full_turn, neighbours=neighbours)
    np.testing.assert_array_equal(found[0], both % 256)
    np.testing.assert_array_equal(found[2], both // 256)
    np.testing.assert_array_equal(found[1], reference_back_project(certainty, image, sensor.full_turn, fill=0))


@pytest.mark.parametrize("order", ["F", "strided"])
def test_any_memory_layout(order):
    points, _, _ = full_scan(SMALL)
    image = project(points, SMALL)
    values = np.random.default_rng(0).integers(0, 4, (8, 32)).astype(np.uint8)
    other = np.asfortranarray(values) if order == "F" else np.repeat(values, 2, axis=1)[:, ::2]
    np.testing.assert_array_equal(back_project(other, image, neighbours=3), back_project(values, image, neighbours=3))


@pytest.mark.real
def test_every_point_of_a_real_scan_that_is_in_view_gets_a_label(real):
    file = real / DRIVE_0048 / "velodyne_points/data/0000000000.bin"
    points = np.fromfile(file, np.float32).reshape(-1, 4)
    image = project(points, preset("hdl64"))
    assert not np.any(back_project(np.zeros((64, 2048), np.uint8), image, neighbours=5) == 255)
