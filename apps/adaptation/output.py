"""The files of an adaptation, and what is printed of it."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from html import escape as escape_html
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from apps import console
from apps.adaptation.facts import FEWEST_SCANS, as_dict, as_facts, doubts
from apps.adaptation.page import page
from apps.adaptation.reading import Estimated
from apps.evaluation.html import table
from data.atomic import atomic_write
from data.estimation import SensorEstimate
from data.sensor_conditions import MOST_TILT, Conditions
from data.sensor_file import write_sensor

if TYPE_CHECKING:
    from apps.adaptation.outcome import Outcome

SENSOR, PAGE, NUMBERS = "my-sensor.yaml", "adapt.html", "estimate.json"


def write_estimate(out: Path, found: Estimated) -> dict[str, Any]:
    """Write the sensor's file, the page and the numbers; return these. Raises InputError where that can't be done."""
    about = f"estimated by squeezeseg adapt from {found.estimate.scans} scans of {found.name}"
    write_sensor(out / SENSOR, found.estimate.sensor, about, _conditions(found.estimate))
    numbers = {"source": found.name, **as_dict(found.estimate)}
    with atomic_write(out / NUMBERS) as file:
        file.write((json.dumps(numbers, indent=1) + "\n").encode())
    with atomic_write(out / PAGE) as file:
        file.write(page(found, f"The sensor of {found.name}", SENSOR).encode())
    return numbers


def _conditions(estimate: SensorEstimate) -> Conditions:
    """What of an estimate matters to the simulator alone; the tilt only where several scans, not one road, tell it."""
    nearest, farthest = (round(one, 1) for one in estimate.reach)
    tilt = (0.0, 0.0)
    if estimate.mount is not None and estimate.mount.scans >= FEWEST_SCANS:
        tilt = (round(estimate.mount.pitch, 1), round(estimate.mount.roll, 1))
        if max(map(abs, tilt)) > MOST_TILT:
            tilt = (0.0, 0.0)
    farthest = max(min(farthest, 500.0), nearest + 0.1)
    return Conditions(*tilt, nearest=nearest, farthest=farthest, intensities=estimate.reflectances.known)


def write_page(out: Path, found: Estimated, outcome: Outcome) -> None:
    """Write the page again, with what came of the adaptation. Raises InputError where that can't be done."""
    from apps.adaptation.outcome import HEAD, rows

    more = (
        f"<section><h2>The network</h2><p>{escape_html(summary(outcome))}</p>{table(HEAD, rows(outcome))}"
        f"<p class='soft'>{escape_html(_how(outcome))}</p></section>"
    )
    with atomic_write(out / PAGE) as file:
        file.write(page(found, f"The sensor of {found.name}", SENSOR, more).encode())


def summary(outcome: Outcome) -> str:
    """The verdict in a sentence."""
    kept = "the adapted network is kept" if outcome.verdict.adapted else f"{outcome.start} stays as it was"
    return f"{kept}: {outcome.verdict.why}"


def _how(outcome: Outcome) -> str:
    plan = outcome.plan
    return (
        f"{plan.steps:,} steps on {plan.scans} simulated scans of the sensor and {plan.rehearsed} as before; "
        f"{outcome.seconds / 60:.1f} minutes"
    )


def as_json_of(out: Path, numbers: dict[str, Any], outcome: Outcome | None) -> dict[str, Any]:
    """All numbers and files, for programs."""
    files = {"sensor": str(out / SENSOR), "page": str(out / PAGE)}
    if outcome is None:
        return {**numbers, "files": files}
    network = {
        "start": outcome.start,
        "adapted": outcome.verdict.adapted,
        "why": outcome.verdict.why,
        "plan": asdict(outcome.plan),
        "seconds": round(outcome.seconds, 1),
        "before": outcome.before.as_dict(),
        "after": outcome.after.as_dict(),
    }
    return {**numbers, "network": network, "files": {**files, "model": str(outcome.model)}}


def say_outcome(outcome: Outcome, out: Path, paths: list[Path]) -> None:
    """Print the checks, the verdict, and what next."""
    from apps.adaptation.outcome import HEAD, rows

    shown = console.table(*HEAD)
    for row in rows(outcome):
        shown.add_row(*row)
    console.show(shown)
    console.say(f"[bold]{escape(summary(outcome))}[/bold]; {escape(_how(outcome))}")
    console.say(f"written: {escape(str(outcome.model))}")
    words = ["--sensor", str(out / SENSOR), "--model", str(outcome.model)]
    console.say(f"next: {escape(shlex.join(['squeezeseg', 'segment', *map(str, paths), *words]))}", style="dim")


def say_estimate(out: Path, found: Estimated, paths: list[Path], *, last: bool) -> None:
    """Print what was found, and what next if that is all."""
    for name, text in as_facts(found.estimate):
        console.say(f"[bold]{name:18}[/bold]{escape(text)}")
    for doubt in doubts(found.estimate):
        console.warn(doubt)
    console.say(f"written: {escape(str(out / SENSOR))}, {escape(str(out / PAGE))}")
    if not last:
        return
    command = ["squeezeseg", "segment", *map(str, paths), "--sensor", str(out / SENSOR)]
    console.say(f"next: {escape(shlex.join(command))}", style="dim")
