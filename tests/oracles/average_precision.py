"""Average precision, slowly: by its definition, recall by recall."""

from __future__ import annotations

from fractions import Fraction


def slow_average_precision(truth, scores, calls, points):
    """truth: objects. calls: 1 for a right box, 0 for a wrong one, -1 for one that doesn't count."""
    if truth == 0:
        return None
    reached = []
    for least in set(scores.tolist()):
        right = sum(1 for score, call in zip(scores, calls, strict=True) if score >= least and call == 1)
        wrong = sum(1 for score, call in zip(scores, calls, strict=True) if score >= least and call == 0)
        reached.append((Fraction(right, truth), Fraction(right, max(right + wrong, 1))))
    total = Fraction(0)
    for k in range(1, points + 1):
        total += max((precision for recall, precision in reached if recall >= Fraction(k, points)), default=Fraction(0))
    return float(total / points)
