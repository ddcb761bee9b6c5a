"""Which beam saw a point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.real import DRIVE_0001, DRIVE_0048, FRONT_BEAMS, HDL64_SETS, velodyne_files
from helpers.scans import SMALL, full_scan, polar, turned
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import projection as reference
from oracles.projection import beams_by_elevation, beams_by_order

from projection import InputError, Sensor, assign_beams, estimate_cut, preset
from projection.beam_order import NO_BEAM
from projection.rings import returns

HDL64 = preset("hdl64")
CUTS = [0.0, 45.0, 137.5, 200.0, 359.0]
NAN, INF = float("nan"), float("inf")


def apart(a, b):
    """Degrees between two azimuths."""
    return abs((a - b + 180.0) % 360.0 - 180.0)


def with_sky(cut, missing=0, first=25.0):
    """A scan whose ten highest beams see sky until `first` degrees after the cut; of `missing` ones nothing returns."""
    points, beams, azimuth = full_scan(HDL64, cut)
    keep = (beams >= missing) & ((beams >= 10) | (azimuth >= first))
    return points[keep], beams[keep]


@pytest.mark.parametrize("cut", CUTS)
def test_the_cut_is_found_where_the_top_beams_see_sky(cut):
    points, _ = with_sky(cut)
    assert apart(estimate_cut(points), cut) < 1.0


@pytest.mark.parametrize("cut", CUTS)
def test_the_cut_is_found_where_the_last_beam_comes_nearest_to_it(cut):
    points, _ = with_sky(cut)
    points[-1] = polar(10.0, cut + 359.99, HDL64.elevations[-1])
    assert apart(estimate_cut(points), cut) < 1.0


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("sensor", [HDL64, replace(HDL64, cut=0.0)], ids=["estimated", "given"])
def test_beams_are_right_where_the_top_ones_see_sky(cut, sensor):
    points, beams = with_sky(cut)
    if sensor.cut is not None:
        sensor = replace(sensor, cut=cut)
    np.testing.assert_array_equal(assign_beams(points, sensor), beams)


@given(
    st.floats(0.0, 360.0), st.floats(0.0, 0.2), st.sampled_from([0.0, 0.05, 0.3]), st.integers(0, 10**6), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_the_cut_is_the_slow_twins(cut, lost, noise, seed, in_order):
    rng = np.random.default_rng(seed)
    points, _, _ = full_scan(SMALL, cut=cut, step=4.0, seed=seed)
    points[:, 2] += rng.normal(0, noise, len(points))
    points[rng.random(len(points)) < lost, : rng.integers(1, 4)] = NAN
    points = points[rng.random(len(points)) > lost]
    if not in_order:
        points = points[rng.permutation(len(points))]
    assert apart(estimate_cut(points), reference.estimate_cut(points)) < 1e-9


def test_cutting_at_the_first_point_would_number_64_beams_wrongly():
    points, beams = with_sky(137.5)
    wrong = assign_beams(points, replace(HDL64, cut=137.5 + 25.0))
    assert len(np.unique(wrong)) == 64
    assert np.mean(wrong != beams) > 0.05


@pytest.mark.parametrize("missing", [1, 5, 16])
def test_missing_top_beams_are_numbered_from_the_lowest(missing):
    points, beams = with_sky(200.0, missing)
    np.testing.assert_array_equal(assign_beams(points, HDL64), beams)


def test_a_beam_too_many_is_the_last():
    sensor = replace(HDL64, cut=0.0)
    points, beams, _ = full_scan(Sensor("more", (*HDL64.elevations, -24.1), columns=2048))
    np.testing.assert_array_equal(assign_beams(points, sensor), np.minimum(beams, 63))


@pytest.mark.parametrize("first", [0, 1, 2])
def test_noise_that_steps_back_over_the_cut_starts_no_beam(first):
    # One beam's azimuths begin 0.1, -0.1, 0.2 degrees from the cut.
    points, beams, azimuth = full_scan(SMALL)
    around = len(points) // SMALL.beams
    azimuth[first * around : first * around + 3] = [0.1, -0.1, 0.2]
    points = polar(10.0, azimuth, np.asarray(SMALL.elevations)[beams])
    found = assign_beams(points, SMALL)
    stepped_back = first * around + 1
    np.testing.assert_array_equal(np.delete(found, stepped_back), np.delete(beams, stepped_back))
    assert found[stepped_back] == max(first - 1, 0)


@pytest.mark.parametrize("gap", [(100.0, 271.0), (130.0, 280.0), (10.0, 185.0), (200.0, 350.0)])
def test_a_gap_of_nearly_half_a_turn_is_no_step_back(gap):
    # The ten highest beams see sky on one side.
    points, beams, azimuth = full_scan(HDL64)
    keep = (beams >= 10) | (azimuth < gap[0]) | (azimuth > gap[1])
    np.testing.assert_array_equal(assign_beams(points[keep], HDL64), beams[keep])


def test_a_scan_may_begin_just_before_the_cut():
    # The top beam sees sky but for its last half degree.
    points, beams, azimuth = full_scan(SMALL)
    keep = (beams > 0) | (azimuth > 359.5)
    np.testing.assert_array_equal(assign_beams(points[keep], SMALL), beams[keep])


def test_points_that_are_no_returns_change_nothing():
    points, beams, _ = full_scan(HDL64)
    bad = np.array([[NAN, 1, 1, 0], [1, INF, 1, 0], [1, 1, -INF, 0], [0, 0, 0, 0.3]], np.float32)
    at = np.linspace(0, len(points), 400).astype(int)
    mixed = np.insert(points, at, np.tile(bad, (100, 1)), axis=0)
    expected = np.insert(beams, at, NO_BEAM)
    np.testing.assert_array_equal(assign_beams(mixed, HDL64), expected)


@pytest.mark.parametrize("cut", [None, 0.0])
def test_a_shuffled_scan_falls_back_to_the_nearest_elevation(cut):
    points, beams, _ = full_scan(HDL64)
    order = np.random.default_rng(0).permutation(len(points))
    np.testing.assert_array_equal(assign_beams(points[order], replace(HDL64, cut=cut)), beams[order])


@pytest.mark.parametrize("cut", [None, 0.0])
def test_a_scan_in_firing_order_falls_back_to_the_nearest_elevation(cut):
    points, beams, _ = full_scan(HDL64)
    fired = points.reshape(64, -1, 4).transpose(1, 0, 2).reshape(-1, 4)
    expected = beams.reshape(64, -1).T.ravel()
    np.testing.assert_array_equal(assign_beams(fired, replace(HDL64, cut=cut)), expected)


@pytest.mark.parametrize(
    ("elevation", "beam"), [(90, 0), (30, 0), (4, 0), (2.1, 0), (1.9, 1), (-0.1, 1), (-22.1, 7), (-24, 7), (-90, 7)]
)
def test_nearest_elevation(elevation, beam):
    assert assign_beams(polar(10.0, 30.0, elevation), SMALL).tolist() == [beam]


@pytest.mark.parametrize(
    ("point", "is_return"),
    [
        ((1, 0, 0), True),
        ((0, 0, -1), True),
        ((1e30, 0, 0), True),
        ((1e-30, 0, 0), True),
        ((3e38, 3e38, 0), False),  # further away than float32 can say
        ((0, 0, 0), False),
        ((-0.0, 0, 0), False),
        ((NAN, 1, 1), False),
        ((1, NAN, 1), False),
        ((1, 1, NAN), False),
        ((INF, 0, 0), False),
        ((INF, -INF, 0), False),
        ((1, 0, -INF), False),
    ],
)
@pytest.mark.parametrize("ring", [None, np.array([3], np.uint8)], ids=["no ring", "ring"])
def test_what_is_a_return(point, is_return, ring):
    points = np.array([[*point, 0.5]], np.float32)
    assert (assign_beams(points, SMALL, ring) != NO_BEAM).tolist() == [is_return]
    assert returns(points).tolist() == [is_return]


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8])
@pytest.mark.parametrize("cut", [None, 0.0])
def test_a_few_points(count, cut):
    points = polar(10.0, np.arange(count) * 40.0, -8.0)
    assert assign_beams(points, replace(SMALL, cut=cut)).tolist() == [3] * count


@pytest.mark.parametrize("count", [0, 1, 20])
def test_the_cut_of_few_or_no_returns_is_finite(count):
    points = np.zeros((count, 4), np.float32)
    assert estimate_cut(points) == 0.0
    points[:, 0] = NAN
    assert estimate_cut(points) == 0.0


def test_the_ring_is_the_answer():
    points, _, _ = full_scan(SMALL)
    ring = np.random.default_rng(0).integers(0, 8, len(points)).astype(np.uint8)
    np.testing.assert_array_equal(assign_beams(points, SMALL, ring), ring)


def test_a_ring_out_of_range():
    points = polar(10.0, np.zeros(2), 0.0)
    with pytest.raises(InputError, match="names beam 8, but sensor small has 8 beams"):
        assign_beams(points, SMALL, np.array([0, 8], np.uint8))


@st.composite
def ordered_scans(draw):
    """A scan stored beam after beam from a cut, with holes, beams that see nothing and noise in the azimuth."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cut = draw(st.floats(0.0, 359.9))
    density = draw(st.floats(0.01, 1.0))
    points, _, _ = full_scan(SMALL, cut, step=draw(st.sampled_from([3.0, 10.0, 45.0])), seed=draw(st.integers(0, 99)))
    noise = draw(st.sampled_from([0.0, 0.15, 1.5]))
    points = turned_each(points, rng.uniform(-noise, noise, len(points)))
    keep = rng.random(len(points)) < density
    points = points[keep]
    points[rng.random(len(points)) < draw(st.sampled_from([0.0, 0.1]))] = [NAN, 0, 0, 0]
    if draw(st.booleans()):
        points = points[rng.permutation(len(points))]
    return points, cut


def turned_each(points, degrees):
    azimuth = np.degrees(np.arctan2(points[:, 1], points[:, 0])) + degrees
    elevation = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    return polar(np.linalg.norm(points[:, :3], axis=1), azimuth, elevation)


@given(ordered_scans())
@settings(max_examples=150, deadline=None)
def test_order_agrees_with_the_reference(scan):
    points, cut = scan
    expected = beams_by_order(points, cut, SMALL.beams)
    if expected is None:
        expected = beams_by_elevation(points, SMALL.elevations)
    np.testing.assert_array_equal(assign_beams(points, replace(SMALL, cut=cut)), expected)


@given(st.integers(0, 2**32 - 1), st.integers(0, 200))
@settings(max_examples=50, deadline=None)
def test_elevation_agrees_with_the_reference(seed, count):
    rng = np.random.default_rng(seed)
    points = np.concatenate([polar(10.0, [0.0], 0.0), rng.normal(0, 10, (count, 4)).astype(np.float32)])
    points = np.repeat(points, 2, axis=0)[rng.permutation(2 * len(points))]
    beams = assign_beams(points, replace(HDL64, cut=0.0))
    np.testing.assert_array_equal(beams, beams_by_elevation(points, HDL64.elevations))


@pytest.mark.real
@pytest.mark.parametrize(("name", "count"), HDL64_SETS.items())
def test_every_whole_scan_of_kitti_has_64_beams_that_fall_and_is_cut_ahead(real, name, count):
    files = velodyne_files(real, name)
    assert len(files) == count
    for file in files:
        points = np.fromfile(file, np.float32).reshape(-1, 4)
        beams = assign_beams(points, HDL64)
        assert np.unique(beams).tolist() == list(range(64)), file.name
        assert apart(estimate_cut(points), 0.0) < 1.0, file.name
        slope = points[:, 2] / np.hypot(points[:, 0], points[:, 1])
        assert np.all(np.diff([np.median(slope[beams == k]) for k in range(64)]) < 0), file.name


@pytest.mark.real
@pytest.mark.parametrize(("scan", "count"), FRONT_BEAMS.items())
def test_a_scan_cut_to_the_camera_has_its_highest_beams_by_elevation(real, scan, count):
    """Points below the picture are gone, and with them the lowest beams: order alone can't say which are left."""
    points = np.fromfile(real / "kitti_object_front" / "training" / "velodyne" / f"{scan}.bin", np.float32)
    points = points.reshape(-1, 4)
    beams = assign_beams(points, HDL64)
    assert len(np.unique(beams)) == count
    assert beams_by_order(points, 0.0, HDL64.beams) is None
    np.testing.assert_array_equal(beams, beams_by_elevation(points, HDL64.elevations))
    assert np.abs(np.degrees(np.arctan2(points[:, 1], points[:, 0]))).max() < 45.0


@pytest.mark.real
@pytest.mark.parametrize("degrees", [90.0, 180.0, 270.0, 33.7])
@pytest.mark.parametrize(
    "scan",
    [
        f"{DRIVE_0048}/velodyne_points/data/0000000000.bin",
        f"{DRIVE_0001}/velodyne_points/data/0000000002.bin",
        "kitti_object/training/velodyne/000001.bin",
        "semantic_kitti/sequences/00/velodyne/000000.bin",
    ],
)
def test_turning_a_real_scan_turns_its_cut_and_keeps_its_beams(real, scan, degrees):
    points = np.fromfile(real / scan, np.float32).reshape(-1, 4)
    there = turned(points, degrees)
    assert apart(estimate_cut(there), degrees) < 1.0
    assert np.mean(assign_beams(there, HDL64) == assign_beams(points, HDL64)) >= 0.999
