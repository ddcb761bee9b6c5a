"""K-means in one dimension."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from oracles.clusters import least_squares

from squeezeseg.compression.kmeans import centroids, nearest

VALUES = st.lists(st.integers(-8, 8), min_size=1, max_size=9).map(lambda some: np.array(some, np.float32))


def distances(values, found):
    return float(np.square(values - found[nearest(values, found)]).sum())


@settings(deadline=None)
@given(values=VALUES, count=st.integers(1, 5))
def test_the_exact_centroids_are_the_best_there_are(values, count):
    found = centroids(values, count, "exact")
    assert len(found) <= count
    assert distances(values, found) == pytest.approx(least_squares(values, count), abs=1e-6)


@settings(deadline=None)
@example(values=np.array([0, -1, -2, -3, 4, -6], np.float32), count=5)  # -2 is halfway between two centroids
@given(values=VALUES, count=st.integers(1, 5))
def test_those_of_a_linear_start_are_means_of_what_is_next_to_them(values, count):
    found = centroids(values, count)
    assert len(found) <= count
    assert (np.diff(found) > 0).all()
    index = nearest(values, found)
    for k, one in enumerate(found):
        assert one == pytest.approx(values[index == k].mean(), abs=1e-5)


def test_a_linear_start_keeps_the_large_values():
    values = np.concatenate([np.random.default_rng(0).normal(0, 0.01, 5000), [1.0]]).astype(np.float32)
    assert centroids(values, 8)[-1] == pytest.approx(1)


def test_thousands_of_values_in_256_clusters():
    values = np.random.default_rng(0).normal(size=4000).astype(np.float32)
    exact, linear = (distances(values, centroids(values, 256, start)) for start in ("exact", "linear"))
    assert 0 < exact < linear
