"""Scans of a yard that is known, moved, turned, thinned and cut in all ways that real ones were."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from helpers.real import HDL64_SETS, velodyne_files
from helpers.walled import HDL64, yard
from numpy.typing import NDArray

from data.plausibility import Watch, mend, misfits
from data.plausibility.columns import columns_per_turn
from data.plausibility.ground import find_ground
from data.scan import Scan
from projection import PRESETS, Sensor

Points = NDArray[np.float32]
YARD = yard()


def changed(change: Callable[[Points], object], points: Points = YARD) -> Points:
    """The points with x, y, z of another kind."""
    points = points.copy()
    points[:, :3] = change(points)
    return points


def bright(change: Callable[[NDArray[np.float32]], object]) -> Points:
    points = YARD.copy()
    points[:, 3] = change(points[:, 3])
    return points


def ahead(points: Points) -> Points:
    return points[(points[:, 0] > 0) & (abs(points[:, 1]) < points[:, 0])]


def camera(points: Points) -> Points:
    with np.errstate(all="ignore"):
        u, v = 610 - 721 * points[:, 1] / points[:, 0], 173 - 721 * points[:, 2] / points[:, 0]
    return points[(points[:, 0] > 0) & (u > 0) & (u < 1242) & (v > 0) & (v < 375)]


def said(points: Points, sensor: Sensor = HDL64) -> list[str]:
    return [str(found) for found in misfits(Scan(points), sensor)]


@pytest.mark.parametrize("points", [YARD, yard(columns=2200), yard(columns=4000), yard(height=1.5), YARD[:400]])
def test_nothing_speaks_against_a_good_scan(points: Points) -> None:
    assert said(points) == []


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (changed(lambda p: p[:, :3] * 1000), ["not in metres", "millimetres", "divide x, y and z by 1000"]),
        (changed(lambda p: p[:, :3] * 100), ["not in metres", "centimetres", "divide x, y and z by 100"]),
        (changed(lambda p: p[:, :3] / 1000), ["not in metres"]),
        (
            changed(lambda p: p[:, :3] + [458_000, 5_428_000, 110]),
            ["map coordinates", "subtract the sensor's position"],
        ),
        (changed(lambda p: p[:, :3] + [300, -200, 0]), ["map coordinates"]),
        (changed(lambda p: p[:, :3] * [1, -1, -1]), ["upside down"]),
        (changed(lambda p: p[:, :3] * [1, 1, -1]), ["upside down"]),
        (changed(lambda p: np.c_[-p[:, 1], -p[:, 2], p[:, 0]]), ["not with z up", "-y points up"]),
        (changed(lambda p: np.c_[p[:, 0], p[:, 2], -p[:, 1]]), ["not with z up", "y points up"]),
        (yard(height=3.73), ["3.73 m below the sensor, not 1.73", "--height 3.73"]),
        (changed(lambda p: p[:, :3] - [0, 0, 2]), ["3.73 m below", "--height 3.73"]),
        (changed(lambda p: p[:, :3] - [0, 0, 1]), ["--height 2.73"]),
        (changed(lambda p: p[:, :3] + [0, 0, 1]), ["--height 0.73"]),
        (changed(lambda p: p[:, :3] + [0, 0, 1.73]), ["the ground is at z = ", "subtract the sensor's height"]),
        (yard(slope=(6, 0)), ["tilted", "-6 degrees ahead"]),
        (yard(slope=(0, -10)), ["tilted", "by 10 to the left"]),
        (yard(columns=1000), ["fewer columns", "columns: 1024"]),
        (YARD[::2], ["fewer columns", "columns: 1024"]),
        (np.random.default_rng(0).permutation(YARD), ["with their ring field"]),
        (camera(YARD), ["cut to a camera's field of view", "--view front"]),
        (ahead(YARD), ["sector of the turn only", "--view front"]),
        (ahead(YARD) * np.float32([-1, 1, 1, 1]), ["sector of the turn only", "azimuths 135 to 225"]),
        (bright(lambda i: i * 0), ["without intensities", "all are 0"]),
        (bright(lambda i: i * 0 + 1), ["without intensities", "all are 1"]),
        (bright(lambda i: i * np.nan), ["without intensities", "none is a number"]),
        (bright(lambda i: 10 * np.log10(np.maximum(i, 1e-3))), ["negative intensities", "decibels"]),
    ],
)
def test_what_is_wrong_is_told_once_with_the_remedy(points: Points, words: list[str]) -> None:
    (line,) = said(np.ascontiguousarray(points, np.float32))
    assert all(word in line for word in words), line


def test_a_camera_crop_is_no_reason_to_choose_another_sensor() -> None:
    front = replace(HDL64, columns=512, azimuth_left=45.0, azimuth_right=-45.0)
    (line,) = said(camera(YARD), front)
    assert "--sensor" not in line
    assert "--view front" not in line
    assert said(ahead(YARD), front) == []


@pytest.mark.parametrize("height", [0.9, 1.73, 3.5])
@pytest.mark.parametrize("slope", [(0, 0), (3, 0), (0, -4), (-7, 5)])
def test_the_ground_is_found(height: float, slope: tuple[float, float]) -> None:
    ground = find_ground(yard(height=height, slope=slope)[:, :3])
    assert ground is not None
    assert ground.height == pytest.approx(height, abs=0.05)
    assert (ground.ahead, ground.left) == pytest.approx((-slope[0], -slope[1]), abs=0.3)


@pytest.mark.parametrize("kind", ["hdl64", "vlp16", "hdl32"])
@pytest.mark.parametrize("columns", [600, 1000, 1800, 2000, 4000])
def test_columns_are_counted(kind: str, columns: int) -> None:
    sensor = PRESETS[kind]
    points = yard(sensor, columns=columns, height=sensor.height)
    missing = np.random.default_rng(0).random(len(points)) < 0.15
    found = columns_per_turn(points[~missing, :3])
    assert found == pytest.approx(columns, rel=0.01)


def test_columns_of_scans_in_firing_order_are_counted_by_their_rings() -> None:
    ring = np.repeat(np.arange(64, dtype=np.uint8), np.bincount(beam_of(YARD)))
    order = np.lexsort((ring, np.arctan2(YARD[:, 1], YARD[:, 0])))
    assert columns_per_turn(YARD[order, :3], ring[order]) == pytest.approx(2000, rel=0.01)


def beam_of(points: Points) -> NDArray[np.int64]:
    """Of points stored beam after beam from azimuth 0."""
    azimuth = np.arctan2(points[:, 1], points[:, 0]) % (2 * np.pi)
    return np.cumsum(np.diff(azimuth, prepend=0) < 0)


def test_what_the_scans_show_is_taken_where_nobody_has_said_otherwise() -> None:
    scans = [Scan(yard(height=3.0, columns=1000))] * 3
    sensor, changes = mend(HDL64, scans)
    assert (sensor.height, sensor.columns, len(changes)) == (pytest.approx(3.0, abs=0.03), 1024, 2)
    assert misfits(scans[0], sensor) == ()
    assert mend(HDL64, scans, {"height", "columns"}) == (HDL64, ())
    front = replace(HDL64, columns=512, azimuth_left=45.0, azimuth_right=-45.0)
    assert mend(front, [Scan(yard(columns=1000))])[0].columns == 256


@pytest.mark.parametrize(
    "scans",
    [
        [YARD],
        [yard(height=3.0), YARD],  # that don't agree
        [yard(PRESETS["vlp16"], height=3.0)],  # of another sensor
        [yard(height=3.0, slope=(8, 0))],
        [changed(lambda p: p[:, :3] * 100)],
        [camera(yard(height=3.0))],
        [YARD[:400]],
        [],
    ],
)
def test_what_is_in_doubt_changes_nothing(scans: list[Points]) -> None:
    assert mend(HDL64, [Scan(points) for points in scans]) == (HDL64, ())


def test_a_watch_tells_each_misfit_once(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch(HDL64)
    with caplog.at_level(logging.WARNING):
        watch(Scan(YARD[:100], name="small"))
        for k in range(120):
            watch(Scan(bright(lambda i: i * 0), name=f"a{k}"))
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        "scan a0 is without intensities (all are 0)"
    ]


def test_a_watch_waits_before_it_tells_what_was_not_so_at_first(caplog: pytest.LogCaptureFixture) -> None:
    high, watch = yard(height=3.0), Watch(HDL64)
    with caplog.at_level(logging.WARNING):
        for k in range(300):
            watch(Scan(high if k in (1, 2) else YARD))  # a bridge
        assert not caplog.records
        for _ in range(300):
            watch(Scan(high, name="b"))
    assert len(caplog.records) == 1
    assert caplog.records[0].getMessage().startswith("scan b is of a sensor at another height")


@pytest.mark.slow
@pytest.mark.parametrize("name", HDL64_SETS)
def test_nothing_is_said_of_kittis_scans(real, name: str) -> None:  # type: ignore[no-untyped-def]
    for path in velodyne_files(real, name):
        assert said(np.fromfile(path, np.float32).reshape(-1, 4)) == [], path
