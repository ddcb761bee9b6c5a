"""Points to range image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.real import DRIVE_0048
from helpers.scans import SMALL, SMALL_FRONT, full_scan, polar
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.projection import project as reference_project

from projection import InputError, RangeImage, preset, project
from projection.spherical import ProjectionBuffers

NAN, INF = float("nan"), float("inf")
HDL64, FRONT = preset("hdl64"), preset("hdl64_front")


def by_elevation(sensor):
    return replace(sensor, rows="elevation")


def one(x, y, z, intensity=0.5):
    return np.array([[x, y, z, intensity]], np.float32)


def same(image, expected):
    for name in ("channels", "mask", "index", "pixel", "distance"):
        np.testing.assert_array_equal(getattr(image, name), getattr(expected, name), err_msg=name)


@pytest.mark.parametrize("sensor", [SMALL, SMALL_FRONT, by_elevation(SMALL), HDL64])
@pytest.mark.parametrize("buffers", [None, ProjectionBuffers()], ids=["fresh", "buffers"])
def test_an_empty_scan_is_an_empty_image(sensor, buffers):
    image = project(np.empty((0, 4), np.float32), sensor, buffers=buffers)
    assert not image.mask.any()
    assert np.all(image.index == -1)
    assert np.all(image.channels == 0)
    assert image.pixel.shape == image.distance.shape == (0,)


@pytest.mark.parametrize("sensor", [SMALL, by_elevation(SMALL)], ids=["beams", "elevation"])
def test_one_point_which_is_point_0(sensor):
    image = project(polar(10.0, 95.0, -4.0, 0.25), sensor)
    assert image.channels.dtype == np.float32
    assert image.mask.dtype == np.bool_
    assert image.index.dtype == image.pixel.dtype == np.int32
    assert np.argwhere(image.mask).tolist() == [[2, 7]]
    assert image.index[2, 7] == 0
    assert image.pixel.tolist() == [2 * 32 + 7]
    np.testing.assert_allclose(image.channels[:, 2, 7], [*polar(10.0, 95.0, -4.0)[0, :3], 0.25, 10.0], rtol=1e-6)
    assert image.distance[0] == image.channels[4, 2, 7]


@pytest.mark.parametrize(
    ("point", "column", "front_column"),
    [
        ((1, 0, 0), 16, 8),
        ((1, 1, 0), 12, 0),  # +45 degrees is the front's first column
        ((1, -1, 0), 20, -1),  # -45 degrees begins the column after its last
        ((5, -4.9, 0), 19, 15),
        ((1, 1.01, 0), 11, -1),
        ((0, 1, 0), 8, -1),
        ((0, -1, 0), 24, -1),
        ((-1, 0, 0), 0, -1),  # +180 degrees
        ((-1, -0.0, 0), 0, -1),  # -180 degrees is +180
        ((-1, 1e-7, 0), 0, -1),
        ((-1, -1e-3, 0), 31, -1),
        ((0, 0, 1), 16, 8),  # straight up: no azimuth, which counts as 0 ahead
    ],
)
@pytest.mark.parametrize("rows", ["beam", "elevation"])
def test_column(point, column, front_column, rows):
    for sensor, expected in ((SMALL, column), (SMALL_FRONT, front_column)):
        pixel = project(one(*point), replace(sensor, rows=rows)).pixel[0]
        assert (pixel % sensor.columns if pixel >= 0 else -1) == expected


def test_points_behind_are_outside_the_front_view():
    points, _, _ = full_scan(HDL64)
    front = project(points, FRONT)
    azimuth = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    np.testing.assert_array_equal(front.pixel >= 0, np.abs(azimuth) < 45.0)
    assert np.all(front.distance[front.pixel < 0] == 0)


@pytest.mark.parametrize(
    ("point", "seen"),
    [
        ((NAN, 1, 1), False),
        ((1, NAN, 1), False),
        ((1, 0, NAN), False),
        ((INF, 0, 0), False),
        ((-INF, INF, 0), False),
        ((1, 0, -INF), False),
        ((0, 0, 0), False),
        ((-0.0, 0.0, -0.0), False),
        ((3e38, 3e38, 0), False),  # further away than float32 can say
        ((1e30, 0, 0), True),
        ((1e20, 1e20, -1e20), True),
        ((1e-30, 0, 0), True),
    ],
)
@pytest.mark.parametrize("rows", ["beam", "elevation"])
@pytest.mark.parametrize("ring", [None, np.array([3], np.uint8)], ids=["no ring", "ring"])
def test_only_returns_are_seen(point, seen, rows, ring):
    image = project(one(*point), replace(SMALL, rows=rows), ring)
    assert (image.pixel >= 0).tolist() == [seen]
    assert image.mask.sum() == seen
    assert np.all(np.isfinite(image.channels))
    assert np.isfinite(image.distance[0])


@pytest.mark.parametrize("rows", ["beam", "elevation"])
def test_what_is_no_return_leaves_the_others_alone(rows):
    sensor = replace(SMALL, rows=rows)
    points, _, _ = full_scan(SMALL, step=9.0)
    bad = np.array([[NAN, 0, 0, 0], [INF, 0, 0, 0], [0, 0, 0, 1], [1, 2, NAN, 0]], np.float32)
    mixed = np.insert(points, [0, 5, 5, len(points)], bad, axis=0)
    clean, image = project(points, sensor), project(mixed, sensor)
    np.testing.assert_array_equal(image.channels, clean.channels)
    np.testing.assert_array_equal(np.delete(image.pixel, [0, 6, 7, len(mixed) - 1]), clean.pixel)


@pytest.mark.parametrize("intensity", [NAN, INF, -INF])
def test_an_intensity_that_is_not_finite_is_0(intensity):
    image = project(one(5, 0.1, 0, intensity), SMALL)
    row, column = np.argwhere(image.mask)[0]
    assert image.channels[3, row, column] == 0.0
    assert image.channels[4, row, column] > 5.0


@pytest.mark.parametrize(
    ("distances", "winner"), [([9, 5, 7], 1), ([5, 7, 9], 0), ([9, 7, 5], 2), ([7, 5, 5], 1), ([5, 5, 5], 0)]
)
@pytest.mark.parametrize("rows", ["beam", "elevation"])
def test_the_nearest_wins_a_pixel_and_the_first_of_a_tie(distances, winner, rows):
    points = polar(np.array(distances, float), 3.0, -4.0, np.array([0.1, 0.2, 0.3]))
    image = project(points, replace(SMALL, rows=rows))
    assert image.mask.sum() == 1
    assert image.index.max() == winner
    assert len(set(image.pixel.tolist())) == 1  # the losers keep their pixel
    np.testing.assert_allclose(image.distance, distances, rtol=1e-6)
    assert image.channels[3].max() == points[winner, 3]


def test_the_ring_is_the_row():
    points = polar(10.0, np.linspace(170, -170, 8), 0.0)
    ring = np.array([7, 6, 5, 4, 3, 2, 1, 0], np.uint8)
    assert (project(points, SMALL, ring).pixel // 32).tolist() == ring.tolist()


@pytest.mark.parametrize(
    ("elevation", "row"),
    [(90, 0), (10, 0), (5.9, 0), (2.1, 0), (1.9, 1), (-4, 2), (-21.9, 6), (-22.1, 7), (-30, 7), (-90, 7)],
)
def test_row_by_elevation(elevation, row):
    assert project(polar(10.0, 1.0, elevation), by_elevation(SMALL)).pixel[0] // 32 == row


@pytest.mark.parametrize("rows", ["beam", "elevation"])
def test_a_single_beam(rows):
    image = project(polar(10.0, np.array([1.0, 91.0]), 0.0), replace(SMALL, elevations=(0.0,), rows=rows))
    assert image.pixel.tolist() == [15, 7]


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((5, 3), np.float32),
        np.zeros((5, 5), np.float32),
        np.zeros(4, np.float32),
        np.zeros((1, 5, 4), np.float32),
        np.zeros((5, 4)),
        np.zeros((5, 4), np.int32),
        np.zeros((5, 4), ">f4"),
    ],
)
def test_points_of_another_kind(points):
    with pytest.raises(InputError, match=r"expected points \(N, 4\) float32, got"):
        project(points, SMALL)


@pytest.mark.parametrize(
    "ring", [np.zeros(4, np.uint8), np.zeros((5, 1), np.uint8), np.zeros(5, int), np.zeros(5, np.int8)]
)
def test_a_ring_of_another_kind(ring):
    with pytest.raises(InputError, match=r"expected ring \(5,\) uint8, got"):
        project(np.ones((5, 4), np.float32), SMALL, ring)


def test_a_ring_out_of_range():
    with pytest.raises(InputError, match="names beam 8, but sensor small has 8 beams"):
        project(np.ones((1, 4), np.float32), SMALL, np.array([8], np.uint8))


@pytest.mark.parametrize("order", ["F", "strided", "readonly"])
def test_any_memory_layout(order):
    points, _, _ = full_scan(SMALL)
    other = {"F": np.asfortranarray(points), "strided": np.repeat(points, 2, axis=0)[::2], "readonly": points.copy()}[
        order
    ]
    other.flags.writeable = order != "readonly"
    same(project(other, SMALL), project(points, SMALL))


def test_points_are_left_alone():
    points, _, _ = full_scan(SMALL)
    before = points.copy()
    project(points, SMALL)
    np.testing.assert_array_equal(points, before)


def test_buffers_give_the_same_images():
    buffers = ProjectionBuffers()
    rng = np.random.default_rng(0)
    for sensor in (SMALL, SMALL_FRONT, SMALL, by_elevation(SMALL)):
        for seed, share in enumerate((1.0, 0.1, 0.0, 0.7)):
            points, _, _ = full_scan(SMALL, seed=seed)
            points = points[rng.random(len(points)) < share]
            image = project(points, sensor, buffers=buffers)
            assert image.sensor is sensor
            same(image, project(points, sensor))


def test_buffers_are_used_again():
    buffers = ProjectionBuffers()
    points, _, _ = full_scan(SMALL)
    first = project(points, SMALL, buffers=buffers)
    second = project(points[:-5], SMALL, buffers=buffers)
    for name in ("channels", "mask", "index", "pixel", "distance"):
        assert np.shares_memory(getattr(first, name), getattr(second, name)), name


def test_without_buffers_an_image_stays_as_it_is():
    points, _, _ = full_scan(SMALL)
    first = project(points, SMALL)
    before = first.channels.copy()
    project(points[:10], SMALL)
    np.testing.assert_array_equal(first.channels, before)


@pytest.mark.parametrize(
    "wrong",
    [
        {"channels": np.zeros((4, 8, 32), np.float32)},
        {"mask": np.zeros((8, 31), bool)},
        {"index": np.zeros((7, 32), np.int32)},
        {"distance": np.zeros(3, np.float32)},
        {"pixel": np.zeros((2, 1), np.int32)},
    ],
)
def test_a_range_image_checks_its_shapes(wrong):
    good = vars(project(polar(10.0, np.zeros(2), 0.0), SMALL))
    with pytest.raises(ValueError, match="expected"):
        RangeImage(**(good | wrong))


def random_scan(seed, sensor, count):
    """Points in the middles of columns and of equal rows, some twice; some are no returns."""
    rng = np.random.default_rng(seed)
    step = (sensor.azimuth_left - sensor.azimuth_right) / sensor.columns
    azimuth = sensor.azimuth_left - (rng.integers(-40, 60, count) + rng.uniform(0.01, 0.99, count)) * step
    elevation = 4.0 - 4.0 * (rng.integers(-3, 10, count) + rng.uniform(-0.49, 0.49, count))
    points = polar(rng.uniform(0.5, 80.0, count), azimuth, elevation, rng.random(count))
    bad = np.array([[NAN, 0, 0, 0], [0, 0, 0, 0], [0, INF, 0, 0]], np.float32)
    points = np.concatenate([points, points[: count // 3], bad, one(5, 0.1, 0, NAN)])
    return points[rng.permutation(len(points))]


def check(image, points):
    """Check the invariants of a range image."""
    np.testing.assert_array_equal(image.mask, image.index >= 0)
    winners = image.index[image.mask]
    np.testing.assert_array_equal(image.pixel[winners], np.flatnonzero(image.mask))
    seen = image.pixel >= 0
    assert np.all(image.distance[seen] > 0)
    assert np.all(image.distance[~seen] == 0)
    # Every visible point's pixel holds a point that is as near, or nearer.
    assert np.all(image.mask.ravel()[image.pixel[seen]])
    assert np.all(image.channels[4].ravel()[image.pixel[seen]] <= image.distance[seen])
    np.testing.assert_array_equal(image.channels[:3, image.mask].T, points[winners, :3])
    np.testing.assert_array_equal(image.channels[4, image.mask], image.distance[winners])
    assert np.all(image.channels[:, ~image.mask] == 0)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 300),
    st.sampled_from([SMALL, SMALL_FRONT, replace(SMALL, azimuth_left=120.0, azimuth_right=-100.0)]),
    st.sampled_from(["beam", "elevation", "ring"]),
)
@settings(max_examples=100, deadline=None)
def test_the_kernel_agrees_with_the_reference(seed, count, sensor, rows):
    points = random_scan(seed, sensor, count)
    ring = np.random.default_rng(seed).integers(0, 8, len(points)).astype(np.uint8) if rows == "ring" else None
    sensor = replace(sensor, rows="elevation" if rows == "elevation" else "beam")
    image = project(points, sensor, ring)
    same(image, reference_project(points, sensor, ring))
    check(image, points)


@given(st.integers(0, 99), st.floats(0.05, 1.0), st.sampled_from([SMALL, SMALL_FRONT]))
@settings(max_examples=40, deadline=None)
def test_the_kernel_agrees_with_the_reference_on_scans_in_order(seed, share, sensor):
    # Azimuths of n * 11.25 / 2 + 3 +- 0.02 degrees keep off the edges of the columns.
    points, _, _ = full_scan(SMALL, step=11.25 / 2, seed=seed)
    points = polar(
        np.linalg.norm(points[:, :3], axis=1), np.degrees(np.arctan2(points[:, 1], points[:, 0])) + 3.0, -8.0
    )
    points[:, 2] += np.linspace(1, -1, len(points))
    points = points[np.random.default_rng(seed).random(len(points)) < share]
    image = project(points, sensor)
    same(image, reference_project(points, sensor))
    check(image, points)


@given(
    st.lists(
        st.tuples(*[st.floats(width=32, allow_nan=True, allow_infinity=True)] * 4)
        | st.tuples(*[st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e30, -1e30, 1e-38, NAN, INF])] * 4),
        max_size=40,
    ),
    st.sampled_from([SMALL, SMALL_FRONT, by_elevation(SMALL), by_elevation(SMALL_FRONT), replace(SMALL, cut=None)]),
)
@settings(max_examples=200, deadline=None)
def test_any_floats_make_a_sound_image(values, sensor):
    points = np.array(values, np.float32).reshape(-1, 4)
    image = project(points, sensor)
    check(image, points)
    assert np.all(np.isfinite(image.channels))


@pytest.mark.parametrize("sensor", [HDL64, FRONT, replace(HDL64, columns=16384), replace(SMALL_FRONT, columns=9)])
@pytest.mark.parametrize("offset", [0.0, 1e-6, 1e-5, 1e-4])
def test_columns_are_exact_beside_their_borders(sensor, offset):
    rng = np.random.default_rng(0)
    border = np.linspace(sensor.azimuth_left, sensor.azimuth_right, sensor.columns + 1)
    azimuth = np.concatenate([border - offset, border + offset])
    points = polar(rng.uniform(1, 100, len(azimuth)), azimuth, -5.0)
    span = np.deg2rad(sensor.azimuth_left - sensor.azimuth_right)
    exact = np.arctan2(points[:, 1].astype(np.float64), points[:, 0].astype(np.float64))
    column = np.floor((np.deg2rad(sensor.azimuth_left) - exact) / span * sensor.columns).astype(int)
    if sensor.full_turn:
        column %= sensor.columns
    pixel = project(points, sensor, np.zeros(len(points), np.uint8)).pixel
    np.testing.assert_array_equal(pixel, np.where((column >= 0) & (column < sensor.columns), column, -1))


def test_front_and_full_turn_are_one_picture():
    points, _, _ = full_scan(HDL64)
    full, front = project(points, HDL64), project(points, FRONT)
    np.testing.assert_array_equal(front.index, full.index[:, 768:1280])
    np.testing.assert_array_equal(front.channels, full.channels[:, :, 768:1280])


def test_what_is_known_of_points_is_told_to_the_pixels_that_they_won():
    points = np.concatenate([polar(10.0, 0.0, 0.0), polar(5.0, 0.0, 0.0), np.zeros((1, 4), np.float32)])
    image = project(points, replace(SMALL, cut=0.0))
    values = image.of_pixels(np.array([7, 8, 9], np.uint8), 255)
    assert (values.shape, values.dtype) == (SMALL.shape, np.uint8)
    assert values[image.mask].tolist() == [8]
    assert (values[~image.mask] == 255).all()


def test_values_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"expected values \(1,\), got \(2,\)"):
        project(polar(10.0, 0.0, 0.0), SMALL).of_pixels(np.zeros(2), 0)


FIRST_0048 = f"{DRIVE_0048}/velodyne_points/data/0000000000.bin"


@pytest.fixture
def first_0048(real):
    return np.fromfile(real / FIRST_0048, np.float32).reshape(-1, 4)


@pytest.mark.real
def test_front_and_full_turn_are_one_picture_of_a_real_scan(first_0048):
    full, front = project(first_0048, HDL64), project(first_0048, FRONT)
    np.testing.assert_array_equal(front.index, full.index[:, 768:1280])


@pytest.mark.real
@pytest.mark.parametrize("sensor", [HDL64, FRONT, by_elevation(HDL64), by_elevation(FRONT)])
def test_a_real_scan_makes_a_sound_image(first_0048, sensor):
    check(project(first_0048, sensor), first_0048)


@pytest.mark.real
def test_beam_rows_hide_few_points_of_a_real_scan(first_0048):
    image = project(first_0048, FRONT)
    assert image.mask.sum() / (image.pixel >= 0).sum() >= 0.92
    assert image.mask.mean() == pytest.approx(0.79, abs=0.005)


@pytest.mark.real
@pytest.mark.parametrize("sensor", [HDL64, FRONT])
def test_elevation_rows_hide_more_points_of_a_real_scan(first_0048, sensor):
    beams, elevation = project(first_0048, sensor), project(first_0048, by_elevation(sensor))
    np.testing.assert_array_equal(beams.pixel >= 0, elevation.pixel >= 0)
    assert elevation.mask.sum() < 0.95 * beams.mask.sum()
