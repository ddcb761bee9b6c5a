"""Distribution over the widths of layers, of which a mean cost is never above what may be spent."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from projection import InputError
from squeezeseg.search.precision.distribution import Distribution

WIDTHS = np.array([2, 3, 4, 6, 8])
COSTS = np.array([1000.0, 4000, 500])[:, None] * WIDTHS / 8


def learned(damage, budget, steps=200):
    found = Distribution(COSTS, budget)
    for _ in range(steps):
        found.learn(damage, 0.1)
    return found


@pytest.mark.parametrize("budget", [1400, 2000, 2750, 4000, 5000])
def test_the_mean_cost_is_the_budget(budget):
    found = Distribution(COSTS, budget)
    rng = np.random.default_rng(0)
    for _ in range(5):
        assert found.mean_cost == pytest.approx(min(budget, found.mean_cost), rel=1e-6)
        np.testing.assert_allclose(found.probabilities.sum(1), 1)
        found.learn(rng.normal(size=COSTS.shape), 0.5)


def test_without_need_there_is_no_price():
    found = Distribution(COSTS, 1e9)
    np.testing.assert_allclose(found.probabilities, 0.2)


def test_what_is_too_little():
    with pytest.raises(InputError, match="1,000 bytes are too few, 1,375 the least; allow more"):
        Distribution(COSTS, 1000)


@pytest.mark.parametrize("factors", [(1, 0.001, 0.001), (0.01, 1, 1), (1, 1, 1), (1e-4, 1e-3, 1)], ids=str)
@pytest.mark.parametrize("budget", [1600, 2300, 3100])
def test_none_of_as_few_bytes_does_less_damage(factors, budget):
    """Layers' damages are compared with each other in size: their signs, which are all the same, don't tell."""
    damage = np.array(factors)[:, None] * 4.0**-WIDTHS
    found = learned(damage, budget, steps=50)
    picks = found.likeliest()
    rows = np.arange(3)
    for other in itertools.product(range(5), repeat=3):
        if found.cost(other) <= found.cost(picks):
            assert damage[rows, list(other)].sum() >= damage[rows, list(picks)].sum() * (1 - 1e-9)


def test_it_may_begin_at_the_damage():
    damage = np.array([[1.0], [0.001], [0.5]]) * 4.0**-WIDTHS
    begun, found = Distribution(COSTS, 2300), learned(damage, 2300, steps=50)
    begun.begin(damage, 10.0)
    assert begun.likeliest() == found.likeliest()
    spread = begun.scores - begun.scores.mean(1, keepdims=True)
    assert np.abs(spread).mean() == pytest.approx(10)


def test_the_distribution_gathers_at_what_it_finds():
    damage = np.array([[1.0], [0.001], [0.001]]) * 4.0**-WIDTHS
    found = learned(damage, 2000, steps=2000)
    assert found.probabilities[np.arange(3), list(found.likeliest())].min() > 0.3
    assert found.probabilities[0, :2].max() < 1e-3


def test_those_drawn_differ_and_are_within_the_budget():
    found = learned(4.0**-WIDTHS * np.ones((3, 1)), 2750, steps=5)
    drawn = found.draw_within(10, np.random.default_rng(0))
    assert len(set(drawn)) == len(drawn) == 10
    assert all(found.cost(picks) <= 2750 for picks in drawn)


@pytest.mark.parametrize(("temperature", "least", "most"), [(100.0, 0.15, 0.3), (0.01, 0.99, 1.0)])
def test_a_sample_is_a_choice_where_it_is_cold(temperature, least, most):
    shares = Distribution(COSTS, 1e9).shares(temperature, np.random.default_rng(1))
    np.testing.assert_allclose(shares.sum(1), 1)
    assert all(least <= one <= most for one in shares.max(1))


def test_choices_are_drawn_as_often_as_is_likely():
    found = learned(4.0**-WIDTHS * np.ones((3, 1)), 2750, steps=5)
    rng = np.random.default_rng(0)
    drawn = np.array([found.draw(rng) for _ in range(2000)])
    share = np.array([[(drawn[:, layer] == k).mean() for k in range(5)] for layer in range(3)])
    np.testing.assert_allclose(share, found.probabilities, atol=0.04)
