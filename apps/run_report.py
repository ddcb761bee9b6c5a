"""The end of `squeezeseg segment` on the terminal: frames, points and objects, times, the next command."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.markup import escape

from apps import console

if TYPE_CHECKING:
    from apps.run_folder import RunFolder
    from data.sources import Source

FEWEST_TIMED = 10
"""Frames from which on a rate says something: the lanes' first ones come in bursts."""


def report(run: RunFolder, source: Source) -> None:
    """Say what was done, and what to do next."""
    from data.plausibility.misfit import UNLIKE

    facts = run.as_dict()
    failed = f", {facts['failed']} could not be read" if facts["failed"] else ""
    console.say(f"[bold]{console.count(facts['done'], 'frame')} labelled[/bold]{failed}: {escape(source.name)}")
    total = max(sum(facts["points"].values()), 1)
    classes = console.table("class", "points", "share", "objects")
    for name, points in facts["points"].items():
        classes.add_row(name, f"{points:,}", f"{points / total:.2%}", str(facts["objects"].get(name, "")))
    console.show(classes)
    for warning in facts.get("warnings", ()):
        if warning.startswith(UNLIKE):
            console.say(f"[yellow]{escape(warning)}[/yellow]")
    if followed := facts.get("tracks"):
        tracks = console.table("tracks", "seen more than once", "moving")
        for name, counts in followed.items():
            tracks.add_row(name, str(counts["tracks"]), str(counts["moving"]))
        console.show(tracks)
    if static := facts.get("static"):
        share = static["kept"] / max(static["points"], 1)
        console.say(
            f"{share:.1%} of the points are in {escape(str(run.path / 'static'))}: without what "
            f"{'moves' if static['dropped'] == 'moving' else 'could move'}"
        )
    if measured := facts.get("speed"):
        loading = "" if measured["fps"] else ", with loading"  # so few scans that none came after the first of a lane
        stages = console.table(f"stage (ms){loading}", "p50", "p95", "p99")
        for name, times in measured["stages_ms"].items():
            stages.add_row(name, *(f"{times[key]:.1f}" for key in ("p50", "p95", "p99")))
        console.show(stages)
        if measured["fps"] is not None and measured["frames"] >= FEWEST_TIMED:
            console.say(f"{measured['fps']:.1f} frames/s with {measured['fps_includes']}")
        how = f"{console.count(measured['lanes'], 'lane')}, {console.count(measured['threads'], 'thread')} each"
        console.say(f"{measured['engine']}, {how}, {escape(measured['processor'])}", style="dim")
    console.say(f"written to [bold]{escape(str(run.path))}[/bold]")
    if ".label" in run.formats:
        verb = "eval" if source.labelled else "view"
        command = ["squeezeseg", verb, str(source.path), *facts["selection"], "--predictions", str(run.path)]
        console.say(f"next: {escape(shlex.join(command))}", style="dim")
