from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.scan import Scan
from data.sources import open_source
from data.sources.misfit import misfit
from projection import PRESETS, Sensor

HDL64, VLP16 = PRESETS["hdl64"], PRESETS["vlp16"]


def turn(sensor: Sensor, per_beam: int = 40) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """A scan of a round room, stored beam after beam: points (N, 4), and the beam of each."""
    azimuth = np.arange(per_beam) * 2 * np.pi / per_beam
    around = 9 * np.cos(azimuth), 9 * np.sin(azimuth)
    points = [np.stack([*around, np.full(per_beam, -k / 4)], axis=1) for k in range(sensor.beams)]
    xyz = np.concatenate(points)
    return np.pad(xyz, ((0, 0), (0, 1))).astype(np.float32), np.arange(sensor.beams, dtype=np.uint8).repeat(per_beam)


def shuffled(points: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.random.default_rng(0).permutation(points)


@pytest.mark.parametrize(
    ("scan", "sensor", "what"),
    [
        (Scan(turn(HDL64)[0]), HDL64, None),
        (Scan(turn(HDL64)[0][40 * 9 :]), HDL64, None),  # the highest beams see nothing but sky
        (Scan(turn(VLP16)[0]), VLP16, None),
        (Scan(turn(VLP16, 20)[0]), HDL64, None),  # too few points to tell
        (Scan(turn(VLP16, 200)[0]), HDL64, "not the 64 beams of sensor hdl64"),
        (Scan(turn(VLP16, 200)[0], ring=turn(VLP16, 200)[1]), HDL64, "not the 64 beams of sensor hdl64"),
        (Scan(turn(HDL64)[0]), VLP16, "not the 16 beams of sensor vlp16"),
        (Scan(shuffled(turn(HDL64)[0])), HDL64, "neither stored beam after beam nor with a ring field"),
        (Scan(shuffled(turn(HDL64)[0])), replace(HDL64, rows="elevation"), None),
        (Scan(np.empty((0, 4), np.float32)), HDL64, None),
    ],
)
def test_what_speaks_against_a_sensor(scan: Scan, sensor: Sensor, what: str | None) -> None:
    found = misfit(scan, sensor)
    assert (found is None) if what is None else (found is not None and found.what.startswith(what))


def test_a_source_knows_of_its_first_readable_scan(tmp_path: Path) -> None:
    (tmp_path / "0.bin").write_bytes(b"123")
    turn(VLP16, 200)[0].tofile(tmp_path / "1.bin")
    found = open_source(tmp_path).misfit
    assert found is not None
    assert found.detail == "16 beams in the first one"
    assert open_source(tmp_path, sensor=VLP16).misfit is None
