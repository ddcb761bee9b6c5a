"""K-means in one dimension: centroids of weights."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

Start = Literal["linear", "exact"]
_ITERATIONS = 200


def centroids(values: NDArray[np.float32], count: int, start: Start = "linear") -> NDArray[np.float64]:
    """At most `count` centroids of values (n,), ascending.

    linear: Lloyd's iterations from a start that is evenly spaced between the smallest and the largest value, which
        keeps the large ones, that are few but matter (Deep Compression, arXiv 1510.00149, section 3.2).
    exact: the smallest sum of squared distances that there is, by dynamic programming: O(count n log n) time, and
        memory for count x n numbers of 4 bytes.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    distinct = np.unique(ordered)
    if distinct.size <= count:
        return distinct
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    if start == "exact":
        squares = np.concatenate([[0.0], np.cumsum(ordered**2)])
        edges = _best_edges(sums, squares, count)
        return np.asarray(np.diff(sums[edges]) / np.diff(edges))
    found = np.linspace(ordered[0], ordered[-1], count)
    for _ in range(_ITERATIONS):
        edges = np.searchsorted(ordered, (found[1:] + found[:-1]) / 2)
        edges = np.concatenate([[0], edges, [ordered.size]])
        members = np.diff(edges)
        better = found.copy()  # a centroid without members stays
        np.divide(np.diff(sums[edges]), members, out=better, where=members > 0)
        if np.array_equal(better, found):
            break
        found = better
    return np.asarray(found[members > 0])


def nearest(values: NDArray[np.float32], ascending: NDArray[np.floating]) -> NDArray[np.int64]:
    """The index of the nearest centroid of each value; halfway it is the upper one, as in `centroids`."""
    middles = (ascending[1:].astype(np.float64) + ascending[:-1]) / 2
    return np.searchsorted(middles, values, side="right")


@njit(cache=True, nogil=True)
def _cost(sums, squares, a, b):  # type: ignore[no-untyped-def]
    """Squared distances of the sorted values a ... b - 1 from their mean."""
    total = sums[b] - sums[a]
    return squares[b] - squares[a] - total * total / (b - a)


@njit(cache=True, nogil=True)
def _best_edges(sums, squares, count):  # type: ignore[no-untyped-def]
    """Where the clusters of sorted values begin, and the end of the last (count + 1,).

    cost(k, b) = min over a of cost(k - 1, a) + that of one cluster a ... b - 1; the best a never falls as b grows, so
    the middle b of a stretch halves what the others must try.
    """
    n = sums.size - 1
    before, now = np.empty(n + 1), np.empty(n + 1)
    cuts = np.zeros((count, n + 1), np.int32)
    for b in range(1, n + 1):
        before[b] = _cost(sums, squares, 0, b)
    stack = np.empty((64, 4), np.int64)
    for k in range(1, count):
        depth = 1
        stack[0] = (k + 1, n, k, n - 1)  # of b from, to; of a from, to
        while depth:
            depth -= 1
            first, last, low, high = stack[depth]
            b = (first + last) // 2
            best, at = np.inf, low
            for a in range(low, min(high, b - 1) + 1):
                cost = before[a] + _cost(sums, squares, a, b)
                if cost < best:
                    best, at = cost, a
            now[b], cuts[k, b] = best, at
            if b < last:
                stack[depth] = (b + 1, last, at, high)
                depth += 1
            if first < b:
                stack[depth] = (first, b - 1, low, at)
                depth += 1
        before, now = now, before
    edges = np.empty(count + 1, np.int64)
    edges[count] = n
    for k in range(count - 1, -1, -1):
        edges[k] = cuts[k, edges[k + 1]]
    return edges
