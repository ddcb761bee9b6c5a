"""What came of an adaptation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from squeezeseg.adaptation.consistency import CHANGES
from squeezeseg.adaptation.plan import Plan
from squeezeseg.adaptation.verdict import NAMES, Checks, Verdict

HEAD = ("before -> after, %", *NAMES)


@dataclass(frozen=True)
class Outcome:
    """What came of an adaptation.

    model: the file of the network that was kept. start: the name of the one that it started from. seconds: that all of
    it took in this process.
    """

    verdict: Verdict
    before: Checks
    after: Checks
    plan: Plan
    model: Path
    start: str
    seconds: float


def rows(outcome: Outcome) -> list[list[str]]:
    """A table of the checks: what, then car, pedestrian and cyclist before and after, in per cent."""
    table = []
    both = outcome.before, outcome.after
    kinds = [("simulated scans held back, IoU", [one.simulated for one in both])]
    if outcome.before.labelled is not None:
        kinds.append(("labelled real scans, IoU", [one.labelled or {} for one in both]))
    kinds += [(f"real scans {change}, agreement", [one.real.agreement[change] for one in both]) for change in CHANGES]
    for name, (before, after) in kinds:
        table.append([name, *(f"{_percent(before.get(kind))} -> {_percent(after.get(kind))}" for kind in NAMES)])
    return table


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"
