"""Sensors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from projection import InputError, Sensor, preset

GOOD = {"name": "own", "elevations": (2.0, 0.0, -2.0), "columns": 64}


def test_views_have_one_angular_step():
    full, front = preset("hdl64"), preset("hdl64_front")
    assert replace(full.with_view("front"), name=front.name) == front
    assert replace(front.with_view("full"), name=full.name) == full
    assert full.with_view("full") == full


def test_with_view_keeps_the_rest():
    own = Sensor(**GOOD, rows="elevation", cut=12.0, height=2.5)
    front = own.with_view("front")
    assert (front.rows, front.cut, front.height, front.elevations) == ("elevation", 12.0, 2.5, own.elevations)
    assert front.shape == (3, 16)


def test_unknown_view():
    with pytest.raises(InputError, match="unknown view 'back'"):
        preset("hdl64").with_view("back")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"elevations": ()}, "1 to 255 beams, got 0"),
        ({"elevations": tuple(np.linspace(10, -10, 256))}, "1 to 255 beams, got 256"),
        ({"elevations": (1.0, float("nan"))}, "within -90 and 90"),
        ({"elevations": (91.0, 0.0)}, "within -90 and 90"),
        ({"elevations": (0.0, 1.0)}, "must fall, highest beam first"),
        ({"elevations": (1.0, 1.0)}, "must fall, highest beam first"),
        ({"columns": 7}, "8 to 16384 columns, got 7"),
        ({"columns": 16385}, "8 to 16384 columns, got 16385"),
        ({"azimuth_left": -45.0, "azimuth_right": 45.0}, "left to a right azimuth"),
        ({"azimuth_left": 0.0, "azimuth_right": 0.0}, "left to a right azimuth"),
        ({"azimuth_left": 181.0}, "left to a right azimuth"),
        ({"azimuth_right": -181.0}, "left to a right azimuth"),
        ({"azimuth_left": float("nan")}, "left to a right azimuth"),
        ({"rows": "ring"}, "rows must be 'beam' or 'elevation', got 'ring'"),
        ({"cut": float("nan")}, "cut"),
        ({"cut": float("inf")}, "cut"),
        ({"height": 0.0}, "height in metres, got 0.0"),
        ({"height": 173.0}, "height in metres, got 173.0"),
        ({"height": float("nan")}, "height in metres, got nan"),
    ],
)
def test_a_bad_sensor_says_what_is_wrong(change, message):
    with pytest.raises(InputError, match=message) as caught:
        Sensor(**(GOOD | change))
    assert "own" in str(caught.value)
    assert "\n" not in str(caught.value)
