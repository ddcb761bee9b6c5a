"""Before or after: which of two networks a sensor gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data.labels import CLASSES, OBJECT_CLASSES
from squeezeseg.adaptation.consistency import Consistency

NAMES = tuple(CLASSES[k] for k in OBJECT_CLASSES)
_WORSE = 0.1
"""By how much labels of real cars may agree less with themselves, for a network that is better on simulated scans."""


@dataclass(frozen=True)
class Checks:
    """What was measured of a network.

    simulated: IoU 0..1 by class on simulated scans held back, as the sensor sees them. real: self-consistency of real
    ones. labelled: IoU by class on real scans with labels, where there are any.
    """

    simulated: dict[str, float | None]
    real: Consistency
    labelled: dict[str, float | None] | None = None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "simulated": self.simulated,
            "consistency": self.real.agreement,
            "points": self.real.points,
            "labelled": self.labelled,
        }


@dataclass(frozen=True)
class Verdict:
    """adapted: whether the network after the training is taken. why: in a sentence."""

    adapted: bool
    why: str


def decide(before: Checks, after: Checks) -> Verdict:
    """The better of the two: by labelled real scans where there are any, else by simulated ones.

    Of real scans without labels, the labels of cars must not agree much less with themselves.
    """
    if before.labelled is not None and after.labelled is not None:
        return _by_score(before.labelled, after.labelled, "labelled real scans")
    then, now = before.real.mean("car"), after.real.mean("car")
    if then is not None and now is not None and now < then - _WORSE:
        return Verdict(
            False, f"its labels of real cars agree less with themselves: {100 * then:.0f} to {100 * now:.0f} %"
        )
    return _by_score(before.simulated, after.simulated, "simulated scans held back")


def _by_score(before: dict[str, float | None], after: dict[str, float | None], where: str) -> Verdict:
    then, now = _mean(before), _mean(after)
    better = now > then
    word = "better" if better else "no better"
    return Verdict(better, f"{word} on {where}: mean IoU {100 * then:.1f} to {100 * now:.1f} %")


def _mean(scores: dict[str, float | None]) -> float:
    known = [scores[name] or 0.0 for name in NAMES if scores.get(name) is not None]
    return sum(known) / len(known) if known else 0.0
