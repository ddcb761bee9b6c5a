from __future__ import annotations

import numpy as np
import pytest

from squeezeseg.search.table.validation import Correction, fit, validate


@pytest.mark.parametrize(("overhead", "factor"), [(0.0, 1.0), (2e-4, 1.1), (-1e-4, 0.9)])
def test_a_line_is_found(overhead, factor):
    sums = np.linspace(1e-3, 9e-3, 7)
    found = fit(sums.tolist(), (overhead + factor * sums).tolist())
    assert (found.overhead, found.factor) == (pytest.approx(overhead, abs=1e-12), pytest.approx(factor))
    assert found.corrected(2e-3) == pytest.approx(overhead + factor * 2e-3)


def test_networks_of_one_sum_give_a_factor_alone():
    assert fit([1e-3, 1e-3], [2e-3, 4e-3]) == Correction(0.0, pytest.approx(3.0))


def test_networks_on_a_line_are_told_exactly():
    sums = [1e-3, 2e-3, 3e-3, 5e-3]
    found = validate(sums, [3e-4 + 1.2 * one for one in sums])
    assert (found.r, found.mean_error, found.largest_error) == (pytest.approx(1), pytest.approx(0), pytest.approx(0))
    assert found.plain_error == pytest.approx(np.mean([1 - s / (3e-4 + 1.2 * s) for s in sums]))
    assert found.good


def test_correlation_and_errors_of_noisy_ones():
    """Held against NumPy, and against the definition of an error left out of the fit."""
    random = np.random.default_rng(0)
    sums = random.uniform(1e-3, 9e-3, 30)
    measured = (1e-4 + 1.1 * sums) * random.normal(1, 0.05, 30)
    found = validate(sums.tolist(), measured.tolist())
    assert found.r == pytest.approx(np.corrcoef(sums, measured)[0, 1])
    others = fit(sums[1:].tolist(), measured[1:].tolist())
    assert found.largest_error >= abs(others.corrected(sums[0]) / measured[0] - 1)
    assert 0.02 < found.mean_error < 0.06
    assert found.good == (found.r >= 0.98)
    assert found.networks == 30


def test_a_table_that_tells_nothing_is_not_good():
    assert not validate([1e-3, 2e-3, 3e-3, 4e-3], [4e-3, 1e-3, 3e-3, 2e-3]).good
