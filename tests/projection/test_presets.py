"""Sensors known by name."""

from __future__ import annotations

import numpy as np
import pytest

from projection import PRESETS, InputError, preset
from projection.presets import CATALOGUE


@pytest.mark.parametrize(
    ("name", "shape", "ends"),
    [
        ("hdl64", (64, 2048), (2.3, -23.6)),
        ("hdl64_front", (64, 512), (2.3, -23.6)),
        ("hdl32", (32, 2048), (10.67, -30.67)),
        ("vlp16", (16, 2048), (15, -15)),
        ("puck_hires", (16, 2048), (10, -10)),
        ("vlp32c", (32, 2048), (15, -25)),
        ("vls128", (128, 2048), (15, -25)),
        ("pandar40p", (40, 2048), (15, -25)),
        ("pandar64", (64, 2048), (14.882, -24.897)),
        ("xt16", (16, 2048), (15, -15)),
        ("xt32", (32, 2048), (15, -16)),
        ("qt64", (64, 608), (52.133, -52.121)),
        ("helios16p", (16, 2048), (14.94, -8.01)),
        ("helios5515", (32, 2048), (15, -55)),
        ("ruby_plus", (128, 2048), (15.03, -25.05)),
        *(
            (f"os{k}_{beams}", (beams, 1024), (top, -top))
            for k, top in ((0, 45), (1, 21.4), (2, 11.25))
            for beams in (32, 64, 128)
        ),
    ],
)
def test_preset(name, shape, ends):
    sensor = preset(name)
    assert sensor.name == name
    assert sensor.shape == shape
    assert sensor.full_turn == (name != "hdl64_front")
    assert (sensor.elevations[0], sensor.elevations[-1]) == ends


def test_names_differ():
    assert len(PRESETS) == len(CATALOGUE) == 24


def test_hdl64_has_the_elevations_of_the_published_images():
    elevations = np.array(preset("hdl64").elevations)
    np.testing.assert_allclose(elevations[[0, 1, 2, 32, 63]], [2.3, 1.97, 1.63, -8.4, -23.6], atol=0.01)
    np.testing.assert_allclose(-np.diff(elevations[:33]), 1 / 3, atol=0.002)
    np.testing.assert_allclose(-np.diff(elevations[32:]), 0.49, atol=0.002)


@pytest.mark.parametrize(("name", "nearest"), [("hdl65", "hdl64"), ("OS1-64", "os1_64")])
def test_an_unknown_name_is_answered_with_the_nearest(name, nearest):
    with pytest.raises(
        InputError, match=rf"unknown sensor .*; did you mean '{nearest}'\? 'squeezeseg sensors' lists them"
    ):
        preset(name)


@pytest.mark.parametrize(
    ("name", "elevation", "neighbour"),
    [("pandar40p", 1.667, 1.333), ("pandar40p", -14, -19), ("vlp32c", -25, None), ("ruby_plus", -6.39, -6.5)],
)
def test_beams_of_the_makers_tables(name, elevation, neighbour):
    beams = np.array(preset(name).elevations)
    at = np.abs(beams - elevation).argmin()
    assert beams[at] == pytest.approx(elevation, abs=0.011)
    assert neighbour is None or beams[at + 1] == pytest.approx(neighbour, abs=0.011)
