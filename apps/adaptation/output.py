"""The files of an adaptation, and what is printed of it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

from rich.markup import escape

from apps import console
from apps.adaptation.facts import as_dict, as_facts, doubts
from apps.adaptation.page import page
from apps.adaptation.reading import Estimated
from data.atomic import atomic_write
from data.sensor_file import write_sensor

SENSOR, PAGE, NUMBERS = "my-sensor.yaml", "adapt.html", "estimate.json"


def write_estimate(out: Path, found: Estimated) -> dict[str, Any]:
    """Write the sensor's file, the page and the numbers; return these. Raises InputError where that can't be done."""
    about = f"estimated by squeezeseg adapt from {found.estimate.scans} scans of {found.name}"
    write_sensor(out / SENSOR, found.estimate.sensor, about)
    numbers = {"source": found.name, **as_dict(found.estimate)}
    with atomic_write(out / NUMBERS) as file:
        file.write((json.dumps(numbers, indent=1) + "\n").encode())
    with atomic_write(out / PAGE) as file:
        file.write(page(found, f"The sensor of {found.name}", SENSOR).encode())
    return numbers


def say_estimate(out: Path, found: Estimated, paths: list[Path]) -> None:
    """Print what was found, and what next."""
    for name, text in as_facts(found.estimate):
        console.say(f"[bold]{name:18}[/bold]{escape(text)}")
    for doubt in doubts(found.estimate):
        console.warn(doubt)
    console.say(f"written: {escape(str(out / SENSOR))}, {escape(str(out / PAGE))}")
    command = ["squeezeseg", "segment", *map(str, paths), "--sensor", str(out / SENSOR)]
    console.say(f"next: {escape(shlex.join(command))}", style="dim")
