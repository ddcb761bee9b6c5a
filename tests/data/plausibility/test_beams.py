from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.plausibility.beams import beams_misfit
from data.plausibility.excerpt import Excerpt
from data.plausibility.misfit import Misfit
from data.scan import Scan
from data.sources import open_source
from projection import PRESETS, Sensor

HDL64, VLP16 = PRESETS["hdl64"], PRESETS["vlp16"]


def turn(sensor: Sensor, per_beam: int = 40) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """A scan of a round room, stored beam after beam: points (N, 4), and the beam of each."""
    azimuth = np.arange(per_beam) * 2 * np.pi / per_beam
    around = 9 * np.cos(azimuth), 9 * np.sin(azimuth)
    points = [np.stack([*around, np.full(per_beam, 0.3 - k / 20)], axis=1) for k in range(sensor.beams)]
    xyz = np.concatenate(points)
    bright = np.linspace(0, 1, len(xyz))[:, None]
    return np.hstack([xyz, bright]).astype(np.float32), np.arange(sensor.beams, dtype=np.uint8).repeat(per_beam)


def shuffled(points: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.random.default_rng(0).permutation(points)


def check(scan: Scan, sensor: Sensor) -> Misfit | None:
    excerpt = Excerpt.of(scan, sensor)
    assert excerpt is not None
    return beams_misfit(excerpt, sensor)


@pytest.mark.parametrize(
    ("scan", "sensor", "what"),
    [
        (Scan(turn(HDL64)[0]), HDL64, None),
        (Scan(turn(HDL64)[0][40 * 9 :]), HDL64, None),  # the highest beams see nothing but sky
        (Scan(turn(VLP16)[0]), VLP16, None),
        (Scan(turn(VLP16, 200)[0]), HDL64, "not the 64 beams of sensor hdl64"),
        (Scan(turn(VLP16, 200)[0], ring=turn(VLP16, 200)[1]), HDL64, "not the 64 beams of sensor hdl64"),
        (Scan(turn(HDL64)[0]), VLP16, "not the 16 beams of sensor vlp16"),
        (Scan(turn(VLP16)[0][40 * 8 :], ring=turn(VLP16)[1][40 * 8 :]), VLP16, None),  # all that rise see the sky
        (Scan(shuffled(turn(HDL64)[0])), HDL64, "neither stored beam after beam nor with a ring field"),
        (Scan(shuffled(turn(HDL64)[0])), replace(HDL64, rows="elevation"), None),
    ],
)
def test_what_speaks_against_a_sensor(scan: Scan, sensor: Sensor, what: str | None) -> None:
    found = check(scan, sensor)
    assert (found is None) if what is None else (found is not None and found.what.startswith(what))


def test_a_sources_own_sensor_is_what_its_scans_are_checked_against(tmp_path: Path) -> None:
    (tmp_path / "0.bin").write_bytes(b"123")
    turn(VLP16, 200)[0].tofile(tmp_path / "1.bin")
    for sensor, count in ((None, True), (VLP16, False)):
        source = open_source(tmp_path, sensor=sensor)
        assert (check(source.scan(source.frames[1]), source.sensor) is not None) == count
