"""Pooled scores: the points of several sets, counted together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from squeezeseg.evaluation.reliability import Reliability
from squeezeseg.evaluation.study import Study


def pool(parts: Mapping[str, Study]) -> Study:
    """The study of all frames of several, by name: as if they had been one set. Frames get the name 'PART/FRAME'."""
    first = next(iter(parts.values()))
    pooled = Study(first.classes, per=first.per, seed=first.seed)
    for name, part in parts.items():
        pooled.frames += [replace(frame, name=f"{name}/{frame.name}") for frame in part.frames]
        total, own = pooled.evaluation, part.evaluation
        total.matrices += own.matrices
        total.frames += own.frames
        total.points += own.points
        total.unscored += own.unscored
        pooled.in_view += part.in_view
        pooled.unknown += part.unknown
        pooled.truth_from += part.truth_from
        pooled.labels_from += part.labels_from
    pooled.reliability = _pooled([part.reliability for part in parts.values()], first.classes)
    return pooled


def _pooled(parts: list[Reliability | None], classes: tuple[str, ...]) -> Reliability | None:
    """None where a part has no confidence."""
    total = Reliability(classes)
    for part in parts:
        if part is None:
            return None
        total.counts += part.counts
        total.sums += part.sums
        for mine, others in zip(total.objects, part.objects, strict=True):
            mine.extend(others)
    return total
