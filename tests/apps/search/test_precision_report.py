"""What is told of a search for bits."""

from __future__ import annotations

import pytest
from helpers.tools import needs

needs("torch")

from apps.search.precision_report import _as_good
from squeezeseg.search.precision.loop import Ranked


def way(size=100, activations=None, divergence=0.5):
    return Ranked({}, size, activations, divergence, 1.0)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (way(divergence=0.4), True),
        (way(size=120, divergence=0.4), True),
        (way(size=121, divergence=0.4), False),
        (way(divergence=0.5), False),
        (way(activations=8.0, divergence=0.4), False),
    ],
)
def test_when_as_many_bits_everywhere_are_the_better_choice(other, expected):
    assert _as_good(other, 120, way()) == expected
