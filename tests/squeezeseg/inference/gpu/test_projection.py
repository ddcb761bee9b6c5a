"""The projection on a device against the kernel, bit by bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.scans import SMALL, SMALL_FRONT, full_scan, polar
from hypothesis import given, settings
from hypothesis import strategies as st

from data.sources import open_source
from projection import preset, project
from projection.beam_order import NO_BEAM
from projection.spherical import assign_rows
from squeezeseg.inference.gpu.projection import project as project_on_device

NAN, INF = float("nan"), float("inf")
SENSORS = [
    SMALL,
    SMALL_FRONT,
    replace(SMALL, azimuth_left=120.0, azimuth_right=-100.0),
    replace(SMALL, rows="elevation"),
    replace(SMALL_FRONT, rows="elevation"),
]


def upload(scans, sensor, ring=None, spare=0):
    """Scans and their rows as one batch, with room for `spare` points more than the longest has."""
    room = max(len(points) for points in scans) + spare
    points_in = np.full((len(scans), room, 4), 7.0, np.float32)
    rows_in = np.full((len(scans), room), NO_BEAM, np.uint8)
    for k, points in enumerate(scans):
        points_in[k, : len(points)] = points
        assign_rows(points, sensor, ring, out=rows_in[k, : len(points)])
    return torch.from_numpy(points_in), torch.from_numpy(rows_in)


def same(images, k, expected):
    """The k-th of a batch is the image expected, and the points that it has only room for are nowhere."""
    count = len(expected.pixel)
    np.testing.assert_array_equal(images.channels[k], expected.channels)
    np.testing.assert_array_equal(images.index[k], expected.index)
    np.testing.assert_array_equal(images.pixel[k, :count], expected.pixel)
    np.testing.assert_array_equal(images.distance[k, :count], expected.distance)
    assert (images.pixel[k, count:] == -1).all()


def check(points, sensor, ring=None):
    same(project_on_device(*upload([points], sensor, ring, spare=3), sensor), 0, project(points, sensor, ring))


returns = st.tuples(
    st.sampled_from([1.0, 5.0, 5.0000005, 40.0]),
    # Halves of columns: every second one is a border between two, some are the view's and one the turn's end.
    st.integers(-32, 32).map(lambda step: step * 180.0 / 32),
    st.sampled_from([4.0, 0.0, -8.0, -24.0]),
).map(lambda at: tuple(polar(*at)[0]))
no_returns = st.sampled_from(
    [(NAN, 1.0, 0.0, 0.5), (1.0, INF, 0.0, 0.5), (0.0, 0.0, 0.0, 0.5), (-0.0, 0.0, -0.0, 0.5), (3e38, 3e38, 3e38, 0.5)]
)
odd = st.sampled_from(
    [
        (-3.0, 0.0, 0.0, 0.5),
        (-3.0, -0.0, 0.0, 0.5),
        (0.0, 2.0, 0.0, NAN),
        (0.0, 0.0, -2.0, 0.5),
        (1e-30, 0.0, 0.0, -INF),
    ]
)


@given(st.lists(returns | no_returns | odd, max_size=60), st.sampled_from(SENSORS), st.booleans())
@settings(max_examples=150, deadline=None)
def test_ties_borders_and_no_returns(values, sensor, given_beams):
    points = np.array(values, np.float32).reshape(-1, 4)
    ring = (np.arange(len(points)) % 3).astype(np.uint8) if given_beams else None
    check(points, sensor, ring)


@given(st.lists(st.tuples(*[st.floats(width=32)] * 4), max_size=40), st.sampled_from(SENSORS))
@settings(max_examples=150, deadline=None)
def test_any_floats(values, sensor):
    check(np.array(values, np.float32).reshape(-1, 4), sensor)


@pytest.mark.parametrize("sensor", SENSORS)
def test_scans_of_different_lengths_share_a_batch(sensor):
    scans = [full_scan(SMALL, seed=1)[0], np.empty((0, 4), np.float32), full_scan(SMALL, step=3.0, seed=2)[0]]
    images = project_on_device(*upload(scans, sensor), sensor)
    for k, points in enumerate(scans):
        same(images, k, project(points, sensor))


@pytest.mark.real
@pytest.mark.parametrize("sensor", [preset("hdl64"), preset("hdl64_front"), replace(preset("hdl64"), rows="elevation")])
@pytest.mark.parametrize("drive", ["kitti_object", "kitti_raw/2011_09_26/2011_09_26_drive_0048_sync"])
def test_real_scans(real, drive, sensor):
    source = open_source(real / drive)
    scans = [source.scan(frame).points for frame in source.frames[:3]]
    images = project_on_device(*upload(scans, sensor), sensor)
    for k, points in enumerate(scans):
        same(images, k, project(points, sensor))
