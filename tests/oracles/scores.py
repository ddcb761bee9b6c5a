"""Slow twins of what the evaluation counts: point by point, object by object, resample by resample."""

from __future__ import annotations

import numpy as np

IGNORE = 255


def border(truth, wrap, within):
    """(H, W) -> (H, W): a pixel of another class is at most `within` rows and columns away."""
    height, width = truth.shape
    out = np.zeros(truth.shape, bool)
    for r in range(height):
        for c in range(width):
            for dr in range(-within, within + 1):
                for dc in range(-within, within + 1):
                    rr, cc = r + dr, c + dc
                    if wrap:
                        cc %= width
                    if 0 <= rr < height and 0 <= cc < width and IGNORE not in (truth[r, c], truth[rr, cc]):
                        out[r, c] |= truth[r, c] != truth[rr, cc]
    return out


def objects(truth, labels, truth_ids, label_ids, distance, edges, classes, least):
    """(C - 1, Z, 6) counts, objects being sets of points."""
    out = np.zeros((classes - 1, len(edges) + 1, 6), int)
    for k in range(1, classes):
        true, given = {}, {}
        for i in range(len(truth)):
            if truth[i] == k:
                true.setdefault(truth_ids[i], set()).add(i)
            if labels[i] == k:
                given.setdefault(label_ids[i], set()).add(i)
        crowd = true.pop(0, set())
        given.pop(0, None)
        pairs = [
            (-len(t & g) / len(t | g), a, b)
            for a, t in sorted(true.items())
            for b, g in sorted(given.items())
            if 2 * len(t & g) >= len(t | g)
        ]
        matched_true, matched_given = set(), set()
        for _, a, b in sorted(pairs):
            if a not in matched_true and b not in matched_given:
                matched_true.add(a)
                matched_given.add(b)

        def zone(points):
            mean = sum(distance[i] for i in points) / len(points)
            return sum(mean >= edge for edge in edges)

        for a, t in true.items():
            if len(t) >= least:
                hits = sum(labels[i] == k for i in t)
                out[k - 1, zone(t), :3] += [1, 2 * hits >= len(t), a in matched_true]
        for b, g in given.items():
            if len(g) >= least:
                hits = sum(truth[i] == k for i in g)
                lone = b not in matched_given and 2 * len(g & crowd) <= len(g)
                out[k - 1, zone(g), 3:] += [1, 2 * hits < len(g), lone]
    return out


def interval(counts, member, drawn, score, level):
    """Percentiles of a score over resamples, each put together unit by unit."""
    scores = []
    for takes in drawn:
        total = np.zeros(counts.shape[1:])
        for unit, times in enumerate(takes):
            for frame in np.flatnonzero(member == unit):
                total = total + times * counts[frame]
        scores.append(score(total))
    scores = np.array(scores)
    return np.array(
        [np.nanpercentile(scores, 100 * (1 - level) / 2, axis=0), np.nanpercentile(scores, 50 + 50 * level, axis=0)]
    )


def calibration_error(right, confidence, bins):
    """Guo et al., equation 3."""
    error = 0.0
    for b in range(bins):
        inside = [i for i, c in enumerate(confidence) if min(int(c * bins), bins - 1) == b]
        if inside:
            accuracy = sum(right[i] for i in inside) / len(inside)
            error += len(inside) / len(right) * abs(accuracy - sum(confidence[i] for i in inside) / len(inside))
    return error
