"""Check of a recording, frame by frame: the findings of `squeezeseg doctor`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from data.checks.findings import Finding, Level, Report, shorten
from data.checks.layout import layout_findings
from data.labels import CLASS_MAPS, IGNORE
from data.plausibility import misfits
from data.scan import Scan
from data.sources.base import UNKNOWN, Frame, Source
from data.sources.collection import Collection
from projection import Sensor, returns
from projection.errors import InputError


def check_recording(source: Source, progress: Callable[[int, int], None] | None = None) -> Report:
    """Check every frame of `source` and the files beside them. One scan is in memory at a time.

    progress: called after each frame with how many are done and how many there are.
    """
    tally = _Tally()
    source.warned[UNKNOWN] = True  # the report has them
    for done, frame in enumerate(source.frames, start=1):
        _check_frame(source, frame, tally)
        if progress is not None:
            progress(done, len(source))
    members = list(source.members.values()) if isinstance(source, Collection) else [source]
    findings = [*tally.findings(), *(finding for member in members for finding in layout_findings(member))]
    order = ("error", "warning", "info")
    return Report(source.name, len(source), tuple(sorted(findings, key=lambda finding: order.index(finding.level))))


@dataclass
class _Kind:
    level: Level
    remedy: str
    example: str
    frames: list[str] = field(default_factory=list)


class _Tally:
    """The same finding about many frames, counted as one."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}

    def add(self, level: Level, what: str, frame: Frame, remedy: str = "", example: str = "") -> None:
        """Count a finding about `frame`; the first frame's `example` is shown."""
        self._kinds.setdefault(what, _Kind(level, remedy, example)).frames.append(frame.name)

    def findings(self) -> Iterator[Finding]:
        for what, kind in self._kinds.items():
            count = len(kind.frames)
            text = f"{count} scan{'s' * (count > 1)}: {what}"
            yield Finding(
                kind.level, f"{text}: {kind.example}" if kind.example else text, shorten(kind.frames), kind.remedy
            )


def _check_frame(source: Source, frame: Frame, tally: _Tally) -> None:
    try:
        scan = source.scan(frame)
    except InputError as error:
        tally.add("error", "cannot be read", frame, "copy them again, or leave them out", str(error))
        return
    if len(scan) == 0:
        tally.add("error", "empty", frame, "copy them again, or leave them out")
        return
    _check_points(scan, source.assumed_sensor, frame, tally)
    try:
        truth = source.truth(frame, scan, CLASS_MAPS["default"])
        unknown = source.unknown_labels(frame, scan, CLASS_MAPS["default"])
        boxes = source.boxes(frame) or ()
    except InputError as error:
        tally.add("error", "labels cannot be used", frame, "mend them, or remove them to go without", str(error))
        return
    if unknown:
        listed = ", ".join(f"{name} ({count:,})" for name, count in unknown.items())
        tally.add("warning", "labels that are not known", frame, "nothing: what they mark is not scored", listed)
    if truth is not None and np.all(truth == IGNORE):
        tally.add("warning", "labels of which no point counts", frame, "label them, or leave their labels out")
    if hollow := [box.kind for box in boxes if not box.contains(scan.points).any()]:
        remedy = "nothing, if these are hidden or far away; else the labels belong to other scans"
        tally.add("warning", "boxes without points", frame, remedy, shorten(hollow))


def _check_points(scan: Scan, sensor: Sensor, frame: Frame, tally: _Tally) -> None:
    finite = np.isfinite(scan.points).all(axis=1)
    if not finite.all():
        share = f"{np.mean(~finite):.1%} of the first one's points"
        tally.add("warning", "NaN or infinite numbers", frame, "nothing: such points are left unlabelled", share)
    zero = finite & ~returns(scan.points)
    if zero.any():
        level: Level = "warning" if zero.mean() > 0.5 else "info"
        what = "mostly points at range 0" if level == "warning" else "points at range 0"
        share = f"{zero.mean():.1%} of the first one's"
        tally.add(level, what, frame, "nothing: such points are left unlabelled", share)

    for found in misfits(scan, sensor):
        tally.add("warning", found.what, frame, found.remedy, found.detail)
