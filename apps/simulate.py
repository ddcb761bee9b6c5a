"""`squeezeseg simulate`: a labelled drive out of nothing."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from apps import console
from apps.options import JsonOption


def simulate(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the drive.")],
    frames: Annotated[int, typer.Option("--frames", metavar="N", help="How many scans.")] = 20,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="The same seed makes the same drive.")] = 0,
    scene_per: Annotated[
        int, typer.Option("--scene-per", metavar="K", help="Frames after which another street begins.")
    ] = 20,
    interval: Annotated[
        float, typer.Option("--interval", metavar="SECONDS", help="Time between two scans; more, and they differ more.")
    ] = 0.1,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Processes, each with a street of its own; else one a core."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a labelled drive through simulated streets, in KITTI raw's layout."""
    from data.simulator import simulate as make
    from data.sources import open_source

    if workers is None:
        # Starting a process costs as much as a few dozen scans.
        workers = len(os.sched_getaffinity(0)) if frames >= 100 else 1
    with console.progress("simulating", frames) as progress:
        folder = make(out, frames, seed, scene_per, interval, progress=lambda done, _: progress(done), workers=workers)
    source = open_source(folder)
    objects: dict[str, set[int]] = {}
    for frame in source.frames:
        for box in source.boxes(frame) or ():
            objects.setdefault(box.kind, set()).add(box.track)
    count = {kind: len(tracks) for kind, tracks in sorted(objects.items())}
    if as_json:
        console.print_json({"drive": str(folder), "frames": len(source), "seed": seed, "objects": count})
        return
    listed = ", ".join(f"{number} {kind}" for kind, number in count.items()) or "nobody"
    console.say(f"[bold]{console.count(len(source), 'frame')}[/bold] with {listed}")
    console.say(f"written to [bold]{escape(str(folder))}[/bold]")
    console.say(f"next: {escape(shlex.join(['squeezeseg', 'eval', str(folder)]))}", style="dim")
