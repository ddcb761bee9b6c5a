"""IoU of upright boxes, slowly: the corners of what two footprints have in common, sorted around their middle."""

from __future__ import annotations

import numpy as np


def slow_ious(ones, others):
    """IoU seen from above and in 3D, (N, M) each."""
    above, whole = np.zeros((len(ones), len(others))), np.zeros((len(ones), len(others)))
    for i, one in enumerate(ones):
        for j, other in enumerate(others):
            common = common_area(one, other)
            areas = one.size[0] * one.size[1], other.size[0] * other.size[1]
            above[i, j] = common / (sum(areas) - common)
            ends = [(box.centre[2] - box.size[2] / 2, box.centre[2] + box.size[2] / 2) for box in (one, other)]
            common *= max(min(ends[0][1], ends[1][1]) - max(ends[0][0], ends[1][0]), 0)
            whole[i, j] = common / (areas[0] * one.size[2] + areas[1] * other.size[2] - common)
    return above, whole


def corners(box):
    """(4, 2) of a footprint, in their order around it."""
    length, width, _ = box.size
    cos, sin = np.cos(box.yaw), np.sin(box.yaw)
    local = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (length / 2, width / 2)
    return local @ np.array([[cos, sin], [-sin, cos]]) + box.centre[:2]


def common_area(one, other):
    """The convex polygon of the corners that lie in the other box and of the points where sides cross."""
    own, others = corners(one), corners(other)
    points = [p for p in own if _holds(other, p)] + [p for p in others if _holds(one, p)]
    for a, b in zip(own, np.roll(own, -1, 0), strict=True):
        for c, d in zip(others, np.roll(others, -1, 0), strict=True):
            matrix = np.column_stack([b - a, c - d])
            if abs(np.linalg.det(matrix)) > 1e-12:
                s, t = np.linalg.solve(matrix, c - a)
                if 0 <= s <= 1 and 0 <= t <= 1:
                    points.append(a + s * (b - a))
    if len(points) < 3:
        return 0.0
    points = np.array(points)
    around = points - points.mean(0)
    x, y = points[np.argsort(np.arctan2(around[:, 1], around[:, 0]))].T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _holds(box, point):
    dx, dy = point - box.centre[:2]
    cos, sin = np.cos(box.yaw), np.sin(box.yaw)
    slack = 1e-9
    return abs(dx * cos + dy * sin) <= box.size[0] / 2 + slack and abs(dy * cos - dx * sin) <= box.size[1] / 2 + slack
