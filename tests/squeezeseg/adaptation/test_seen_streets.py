"""Simulated streets are as the sensor that was estimated sees them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.walled import yard

from data.estimation import estimate_sensor
from data.labels import class_map
from data.scan import Scan
from projection import PRESETS
from squeezeseg.adaptation.seen_streets import open_streets, simulate_streets

VLP16 = replace(PRESETS["vlp16"], columns=900)
HEIGHT = 1.2


@pytest.fixture(scope="module")
def real() -> list[Scan]:
    """Of a dark VLP-16 that sees nothing between 60 and 120 degrees."""
    points = yard(VLP16, columns=900, height=HEIGHT, wall=60)
    azimuth = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
    points = points[(azimuth < 60) | (azimuth > 120)]
    points[:, 3] *= 0.2
    return [Scan(points)] * 3


def test_streets_have_its_beams_columns_height_blind_parts_and_intensities(real, tmp_path):
    estimate = estimate_sensor(real)
    drive = simulate_streets(tmp_path, estimate, 2, seed=3)
    source = open_streets(drive, estimate, real)
    assert len(source) == 2
    assert source.sensor.height == pytest.approx(HEIGHT, abs=0.05)
    scan = source[0]
    elevation = np.degrees(np.arctan2(scan.points[:, 2], np.hypot(scan.points[:, 0], scan.points[:, 1])))
    assert elevation == pytest.approx(np.asarray(VLP16.elevations)[scan.ring], abs=0.1)
    azimuth = np.degrees(np.arctan2(scan.points[:, 1], scan.points[:, 0]))
    assert not ((azimuth > 63) & (azimuth < 117)).any()
    assert ((azimuth > 30) & (azimuth < 57)).any()
    assert ((azimuth > 123) & (azimuth < 150)).any()
    assert np.median(scan.points[:, 3]) == pytest.approx(np.median(real[0].points[:, 3]), abs=0.02)
    found = estimate_sensor([source[0], source[1]])
    assert found.turn.columns == pytest.approx(900, rel=0.02)
    truth = source.truth(source.frames[0], scan, class_map("default"))
    assert truth is not None
    assert truth.shape == (len(scan),)
