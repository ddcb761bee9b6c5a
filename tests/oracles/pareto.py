"""Pareto front by comparing every pair."""


def front(points):
    """Indices of the points that no other dominates."""

    def dominated(k):
        cost, worth = points[k]
        return any(c <= cost and w >= worth and (c, w) != (cost, worth) for c, w in points)

    return {k for k in range(len(points)) if not dominated(k)}
