"""Pruning: which weights go, and how many of each layer."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.models import card

from projection import InputError
from squeezeseg import Model
from squeezeseg.compression.allocation import Choice
from squeezeseg.compression.pruning import SHARES, densities, largest, pruned_ways

WEIGHTS = np.random.default_rng(0).normal(size=(8, 4, 3, 3)).astype(np.float32)


@pytest.mark.parametrize(("density", "count"), [(1.0, 288), (0.5, 144), (0.001, 1)])
def test_the_largest_are_kept(density, count):
    kept = largest(WEIGHTS, density)
    assert kept.sum() == count
    assert np.abs(WEIGHTS[kept]).min() >= np.abs(WEIGHTS[~kept]).max(initial=0)


def test_each_density_is_tried_of_each_larger_layer():
    model = Model(card("fast"), {"network.a.weight": WEIGHTS, "network.a.bias": np.ones(8, np.float32)})
    ways = {name: list(some) for name, some in pruned_ways(model).items()}
    assert ways.keys() == {"network.a.weight"}
    assert [way.value for way in ways["network.a.weight"]] == list(SHARES)
    for way in ways["network.a.weight"]:
        assert way.size == (way.weights != 0).sum() == round(way.value * WEIGHTS.size)


def choices(sensitivity, weights=1000):
    return [Choice(share, share * weights, sensitivity * (1 - share) ** 2) for share in SHARES]


def test_layers_that_do_little_harm_are_pruned_most():
    layers = {"first": choices(9.0), "middle": choices(1.0), "large": choices(2.0, 4000)}
    found = densities(layers, 0.4)
    assert found["large"] < found["middle"] < found["first"]
    kept = sum(found[name] * (4000 if name == "large" else 1000) for name in found)
    assert 0.3 * 6000 < kept <= 0.4 * 6000
    assert set(densities(layers, 1.0).values()) == {1.0}


@pytest.mark.parametrize("whole", [0.1, 1.5, 0.0])
def test_a_density_that_none_has(whole):
    with pytest.raises(InputError, match=r"give more than 0\.1, and 1 at most"):
        densities({"a": choices(1.0)}, whole)
