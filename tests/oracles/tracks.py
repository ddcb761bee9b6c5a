"""HOTA of small sequences, pair by pair, in the manner of the paper's section 5."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

ALPHAS = [round(0.05 * k, 2) for k in range(1, 20)]


def hota(frames, reach):
    """HOTA, DetA, AssA of frames (true numbers, predicted numbers, distances), by the assignment of TrackEval."""
    frames = [
        (true, given, [[max(0.0, 1 - d / (2 * reach)) for d in row] for row in away]) for true, given, away in frames
    ]
    in_true = Counter(k for true, _, _ in frames for k in true)
    in_given = Counter(k for _, given, _ in frames for k in given)
    together = Counter()
    for true, given, alike in frames:
        for i, t in enumerate(true):
            for j, g in enumerate(given):
                union = sum(alike[i]) + sum(row[j] for row in alike) - alike[i][j]
                together[t, g] += alike[i][j] / union if union else 0
    kin = {(t, g): both / (in_true[t] + in_given[g] - both) for (t, g), both in together.items()}
    pairs = [best_pairs(frame, kin) for frame in frames]
    total = sum(in_true.values()) + sum(in_given.values())
    scores = []
    for alpha in ALPHAS:
        hits = [(t, g) for one in pairs for t, g, alike in one if alike >= alpha - 1e-9]
        count = Counter(hits)
        detection = len(hits) / (total - len(hits))
        association = sum(count[t, g] / (in_true[t] + in_given[g] - count[t, g]) for t, g in hits) / max(len(hits), 1)
        scores.append(((detection * association) ** 0.5, detection, association))
    return tuple(sum(column) / len(ALPHAS) for column in zip(*scores, strict=True))


def best_pairs(frame, kin):
    """The assignment of a frame whose sum of similarity times kinship is largest, all tried."""
    true, given, alike = frame
    short, long = sorted((range(len(true)), range(len(given))), key=len)
    turned = len(given) < len(true)

    def listed(places):
        return [(j, i) if turned else (i, j) for i, j in zip(short, places, strict=True)]

    choices = [listed(places) for places in permutations(long, len(short))]
    best = max(choices, key=lambda pairs: sum(alike[i][j] * kin[true[i], given[j]] for i, j in pairs))
    return [(true[i], given[j], alike[i][j]) for i, j in best]
