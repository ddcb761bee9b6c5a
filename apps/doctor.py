"""`squeezeseg doctor`: is a recording sound?"""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.markup import escape
from rich.table import Table

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
    from data.checks import check

    recording = open_selected(source, sensor=sensor, height=None, frames=frames, every=every, split=split)
    with console.progress("examining", len(recording)) as progress:
        report = check(recording, lambda done, _: progress(done))
    if as_json:
        console.print_json({"healthy": report.healthy, **asdict(report)})
    else:
        verdict = "[bold green]healthy[/bold green]" if report.healthy else "[bold red]not healthy[/bold red]"
        console.say(f"[bold]{escape(report.source)}[/bold], {report.frames} frames: {verdict}")
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=bool(report.findings))
        for column in ("", "finding", "where", "what to do"):
            table.add_column(column, header_style="dim", overflow="fold")
        for finding in report.findings:
            row = (finding.what, finding.where.removeprefix(f"{recording.path}/"), finding.remedy)
            table.add_row(f"[{COLOURS[finding.level]}]{finding.level}[/]", *(escape(text) for text in row))
        console.show(table)
    if not report.healthy:
        raise typer.Exit(1)
