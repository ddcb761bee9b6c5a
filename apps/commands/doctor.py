"""`squeezeseg doctor`: is a recording sound?"""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.markup import escape

from apps import console
from apps.opening import open_selected
from apps.options import (
    EveryOption,
    FramesOption,
    JsonOption,
    SensorOption,
    SourceArgument,
    SplitOption,
)

COLOURS = {"error": "bold red", "warning": "yellow", "info": "dim"}


def doctor(
    source: SourceArgument,
    as_json: JsonOption = False,
    frames: FramesOption = None,
    every: EveryOption = 1,
    split: SplitOption = None,
    sensor: SensorOption = None,
) -> None:
    """Examine a recording: scans, numbering, clock, calibration, labels.

    The exit status is 0 for a healthy one, 1 for one of which part can't be used.
    """
    from data.checks.recording import check_recording

    recording = open_selected(source, sensor=sensor, height=None, frames=frames, every=every, split=split)
    with console.progress("examining", len(recording)) as progress:
        report = check_recording(recording, lambda done, _: progress(done))
    if as_json:
        console.print_json({"healthy": report.healthy, **asdict(report)})
    else:
        verdict = "[bold green]healthy[/bold green]" if report.healthy else "[bold red]not healthy[/bold red]"
        console.say(f"[bold]{escape(report.source)}[/bold], {console.count(report.frames, 'frame')}: {verdict}")
        # Lines, for a table's columns would be too narrow for what a reader says of a broken file.
        for finding in report.findings:
            where, what = (text.replace(f"{recording.path}/", "") for text in (finding.where, finding.what))
            remedy = f" [dim]({escape(finding.remedy)})[/dim]" if finding.remedy else ""
            level = f"[{COLOURS[finding.level]}]{finding.level:8}[/]"
            console.say(f"{level} [bold]{escape(where)}[/bold]: {escape(what)}{remedy}")
    if not report.healthy:
        raise typer.Exit(1)
