"""The Pareto front: what nothing else beats at once in cost and in worth."""

from __future__ import annotations

from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]]) -> list[int]:
    """The indices of points (cost, worth) than which none costs less or as much and is worth more or as much.

    Of equal points all are on the front. The cheapest comes first, and so the worth rises along the front.

    Example:
        >>> front([(2.0, 0.5), (1.0, 0.3), (3.0, 0.4)])
        [1, 0]
    """
    chosen = list[int]()
    for k in sorted(range(len(points)), key=lambda k: (points[k][0], -points[k][1])):
        if not chosen or points[k][1] > points[chosen[-1]][1] or points[k] == points[chosen[-1]]:
            chosen.append(k)
    return chosen
