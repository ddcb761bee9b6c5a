"""The least squared distances to so many centroids, by trying every way to cut sorted values."""

from __future__ import annotations

from itertools import combinations

import numpy as np


def least_squares(values, count):
    ordered = np.sort(values.astype(float))

    def cost(cuts):
        return sum(((part - part.mean()) ** 2).sum() for part in np.split(ordered, cuts))

    return min(cost(cuts) for cuts in combinations(range(1, len(ordered)), min(count, len(ordered)) - 1))
