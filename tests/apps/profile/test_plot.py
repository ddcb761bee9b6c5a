"""The roofline as a picture."""

from __future__ import annotations

import warnings

from apps.profile.plot import figure


def step(kind, macs, per_byte, rate):
    return {"kind": kind, "macs": macs, "macs_per_byte": per_byte, "gmacs_per_s": rate, "milliseconds": 1.0}


def result(*steps):
    measured = {
        "engine": "openvino",
        "precision": "float32",
        "processor": "Some processor",
        "threads": 2,
        "milliseconds": 4.0,
        "peak": {"gmacs_per_s": 100.0, "gbytes_per_s": 20.0, "macs_per_byte_where_both_hold": 5.0},
        "kinds": [{"kind": one["kind"], "macs": one["macs"]} for one in steps],
        "steps": list(steps),
    }
    return {"model": "fast", "measured": measured}


def test_both_roofs_are_seen_wherever_the_dots_are():
    for per_byte in (0.01, 60.0):
        (axes,) = figure(result(step("dense", 1000, per_byte, 80.0))).axes
        slope, flat = axes.get_lines()
        assert slope.get_ydata()[1] == flat.get_ydata()[0] == 100.0
        left, right = axes.get_xlim()
        assert left < 5.0 < right
        assert left < per_byte < right


def test_steps_that_multiply_nothing_or_next_to_nothing_are_no_dots():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (axes,) = figure(
            result(step("dense", 1000, 3.0, 80.0), step("linear", 1, 0.2, 0.0), step("pool", 0, 0.0, 0.0))
        ).axes
    assert [len(dots.get_offsets()) for dots in axes.collections] == [1, 0]
