"""The model of energy has the figures that its constants make."""

from __future__ import annotations

import pytest

from squeezeseg.networks import ARCHITECTURES
from squeezeseg.profiling.counting import count
from squeezeseg.profiling.energy_model import energy, fit
from squeezeseg.profiling.layer import Layer, Layers

ONE = Layer("a", "a", "convolution", "dense", (3, 3), (1, 1, 1, 500), 4000, 10**9, 1000, 500, (-1,))
LAYERS = Layers((1, 1, 1, 1000), (ONE,))


@pytest.mark.parametrize(
    ("precision", "picojoules", "size"), [("float32", 4.6, 4), ("bfloat16", 1.5, 2), ("int8", 0.3, 1)]
)
@pytest.mark.parametrize(
    ("memory", "outside", "inside"),
    [
        (5500, 1000, 4500),  # all fits, the image alone comes from outside
        (5400, 5000, 500),  # activations stay: weights and the image come from outside
        (1400, 5500, 0),  # nothing fits
    ],
)
def test_energy_is_arithmetic_and_what_is_moved(precision, picojoules, size, memory, outside, inside):
    found = energy(LAYERS, precision, memory * size)
    assert found.arithmetic == pytest.approx(picojoules)  # of 10^9 in millijoules
    assert found.off_chip == pytest.approx(size * outside / 4 * 640e-9)
    assert found.on_chip == pytest.approx(size * inside / 4 * 5e-9)
    assert found.total == found.arithmetic + found.on_chip + found.off_chip


def test_weights_stay_where_activations_do_not_fit():
    wide = Layers((1, 1, 1, 10_000), (LAYERS.layers[0]._replace(output=(1, 1, 1, 5000), read=10_000, written=5000),))
    assert energy(wide, "int8", 5000).off_chip == pytest.approx(15_000 / 4 * 640e-9)


def test_what_fits():
    squeezeseg = count(ARCHITECTURES["squeezeseg"])
    found = fit(squeezeseg, "float32", 8_500_000)
    assert (found.weights, found.weights_fit, found.live_fit, found.both_fit) == (3_625_232, True, False, False)
    assert fit(squeezeseg, "int8", 8_500_000).both_fit
    assert round(energy(squeezeseg, "float32", 0).arithmetic, 1) == 13.4
