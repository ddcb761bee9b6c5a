"""`squeezeseg doctor`: the faults of a recording."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from apps import console
from apps.opening import open_selected
from apps.option_groups import Inference, takes
from apps.options import JsonOption, Selection, SourceArgument

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings

COLOURS = {"error": "bold red", "warning": "yellow", "info": "dim"}


@takes(selection=Selection, settings=Inference("sensor", file=False))
def doctor(
    source: SourceArgument,
    as_json: JsonOption = False,
    *,
    selection: Selection,
    settings: InferenceSettings,
) -> None:
    """Examine a recording: scans, numbering, clock, calibration, labels.

    It says, too, which network --model auto takes on this machine. The exit status is 0 for a healthy recording, 1 for
    one of which part can't be used.
    """
    from data.checks.recording import check_recording
    from squeezeseg.inference.network_choice import choose_network

    recording = open_selected(source, settings, selection)
    with console.progress("examining", len(recording)) as progress:
        report = check_recording(recording, lambda done, _: progress(done))
    choice = choose_network(settings.view, settings.engine, settings.precision)
    if as_json:
        console.print_json({"healthy": report.healthy, **asdict(report), "auto": asdict(choice)})
    else:
        warnings = sum(finding.level == "warning" for finding in report.findings)
        verdict = "[bold green]healthy[/bold green]" if report.healthy else "[bold red]not healthy[/bold red]"
        if report.healthy and warnings:
            verdict = f"[bold yellow]readable, with {console.count(warnings, 'warning')}[/bold yellow]"
        console.say(f"[bold]{escape(report.source)}[/bold], {console.count(report.frames, 'frame')}: {verdict}")
        # Lines, for a table's columns would be too narrow for what a reader says of a broken file.
        for finding in report.findings:
            where, what = (text.replace(f"{recording.path}/", "") for text in (finding.where, finding.what))
            remedy = f" [dim]({escape(finding.remedy)})[/dim]" if finding.remedy else ""
            level = f"[{COLOURS[finding.level]}]{finding.level:8}[/]"
            console.say(f"{level} [bold]{escape(where)}[/bold]: {escape(what)}{remedy}")
        console.say(escape(str(choice)), style="dim")
    if not report.healthy:
        raise typer.Exit(1)
