"""Scores by object."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from oracles.scores import objects

from data.labels import IGNORE
from projection import PRESETS, project
from squeezeseg.evaluation.instances import MIN_POINTS, Count, connected, count_objects

EDGES = (15.0, 30.0)
N = MIN_POINTS


@given(st.data(), st.integers(0, 90))
def test_equals_counting_sets_of_points(data, points):
    truth, labels = (data.draw(arrays(np.uint8, points, elements=st.integers(0, 2))) for _ in range(2))
    true_ids, ids = (data.draw(arrays(np.int32, points, elements=st.integers(0, 3))) for _ in range(2))
    distance = data.draw(arrays(np.float64, points, elements=st.sampled_from([3.0, 14.0, 31.0])))
    counts = count_objects(truth, labels, true_ids, ids, distance, EDGES, 3)
    np.testing.assert_array_equal(counts, objects(truth, labels, true_ids, ids, distance, EDGES, 3, N))


def counted(*parts):
    """parts: (points, truth, true id, label, label id). The counts of class 1."""
    truth, true_ids, labels, ids = (np.repeat([p[k] for p in parts], [p[0] for p in parts]) for k in (1, 2, 3, 4))
    away = np.full(len(truth), 5.0)
    return Count(*count_objects(truth, labels, true_ids, ids, away, EDGES, 3)[0, 0].tolist())


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(N, 1, 7, 1, 4)], Count(1, 1, 1, 1, 0, 0)),
        ([(N - 1, 1, 7, 1, 4)], Count(0, 0, 0, 0, 0, 0)),
        ([(N, 1, 7, 1, 4), (N + 1, 1, 7, 0, 0)], Count(1, 0, 0, 1, 0, 1)),
        ([(N, 1, 7, 1, 4), (N, 1, 7, 0, 0)], Count(1, 1, 1, 1, 0, 0)),
        ([(N, 1, 7, 1, 4), (N, 1, 8, 1, 4)], Count(2, 2, 1, 1, 0, 0)),
        ([(N, 1, 7, 1, 4), (N, 1, 7, 1, 5), (N, 1, 7, 1, 6)], Count(1, 1, 0, 3, 0, 3)),
        ([(N, 0, 0, 1, 4)], Count(0, 0, 0, 1, 1, 1)),
        ([(N, 1, 7, 2, 4)], Count(1, 0, 0, 0, 0, 0)),
        ([(N, 1, 0, 1, 4)], Count(0, 0, 0, 1, 0, 0)),
        ([(N, 0, 9, 0, 9)], Count(0, 0, 0, 0, 0, 0)),
    ],
    ids=[
        "found",
        "too small",
        "less than half",
        "half",
        "two in one",
        "one in three",
        "of nothing",
        "other class",
        "truth without objects",
        "background has no objects",
    ],
)
def test_what_is_counted(parts, expected):
    assert counted(*parts) == expected


def test_distances_are_the_objects_own():
    away = np.array([14.0] * N + [20.0] * N + [40.0] * N)
    ids = np.repeat([1, 2, 3], N)
    ones = np.ones(3 * N, np.uint8)
    zones = count_objects(ones, ones, ids, np.ones(3 * N, int), away, EDGES, 2)[0]
    assert zones[:, 0].tolist() == [1, 1, 1]
    assert zones[:, 3].tolist() == [0, 1, 0]  # all in one, 25 m away


def test_what_hangs_together_is_an_object():
    rng = np.random.default_rng(0)
    near, far = (rng.uniform(-0.4, 0.4, (200, 3)) + centre for centre in ((8, 0, -1), (8, 4, -1)))
    points = np.concatenate([near, far]).astype(np.float32)
    image = project(
        np.concatenate([points, np.full((400, 1), 0.5, np.float32)], axis=1),
        replace(PRESETS["hdl64"], rows="elevation"),
    )
    labels = np.ones(400, np.uint8)
    labels[:3], labels[3] = 0, IGNORE
    ids = connected(image, labels)
    seen = (image.pixel >= 0) & (labels == 1)
    assert not ids[:4].any()
    assert set(ids[:200][seen[:200]]) & set(ids[200:][seen[200:]]) <= {0}
    assert np.bincount(ids[:200]).max() > 150
