"""`squeezeseg bench`: how fast this machine segments scans, engine by engine."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from apps import console
from apps.opening import open_selected
from apps.options import HeightOption, JsonOption, LanesOption, SensorOption, View, WeightsOption

if TYPE_CHECKING:
    from data.sources import Source
    from squeezeseg import Model

SIMULATED = 6
"""Scans that are simulated where no recording is given: few, for they are only there to be segmented."""
READ = 20
"""Scans that are taken from a recording."""


def bench(
    source: Annotated[
        Path | None, typer.Argument(metavar="SOURCE", help="A recording to take scans from; else some are simulated.")
    ] = None,
    frames: Annotated[
        int | None, typer.Option("--frames", metavar="N", min=1, help="How many scans; 20 of a recording, else 6.")
    ] = None,
    view: Annotated[View | None, typer.Option("--view", help="Only the whole turn, or the 90 degrees ahead.")] = None,
    engine: Annotated[
        list[str] | None, typer.Option("--engine", metavar="NAME", help="Only this engine; may be given again.")
    ] = None,
    precision: Annotated[
        list[str] | None, typer.Option("--precision", metavar="NAME", help="Only this precision; may be given again.")
    ] = None,
    weights: WeightsOption = "squeezeseg",
    lanes: LanesOption = None,
    seconds: Annotated[
        float, typer.Option("--seconds", metavar="S", min=0, help="For each measurement, after warming up.")
    ] = 1.0,
    rounds: Annotated[
        int, typer.Option("--rounds", metavar="N", min=1, help="Measurements of each, every second round backwards.")
    ] = 2,
    cold: Annotated[
        bool, typer.Option("--cold", help="Also start with empty caches, as after installing; takes half a minute.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw where the time of a scan goes.")
    ] = None,
    sensor: SensorOption = None,
    height: HeightOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how fast scans are segmented, with every engine that is installed.

    Each engine is measured in a process of its own, one scan at a time and with a lane on each core, and held against
    the network alone in PyTorch, float32.
    """
    from apps.bench.jobs import combinations, do, empty_caches, measure_all, steps
    from apps.bench.result import about_machine, about_model, about_source, as_dict
    from apps.bench.tables import report
    from apps.bench.worker import Job
    from apps.run_folder import check_writable
    from projection import InputError
    from squeezeseg.engines.base import usable_cores
    from squeezeseg.graphs import load_model

    if plot is not None:
        if plot.suffix.lower() != ".png":
            raise InputError(f"{plot}: plots are drawn as .png; give it that suffix")
        check_writable(plot, file=True)
    model = load_model(weights)
    chosen = choose(engine or [], precision or [], model)
    with tempfile.TemporaryDirectory(prefix="squeezeseg-bench-") as folder:
        recording = _open(source, Path(folder), frames, sensor, height)
        job = Job(
            "segment",
            str(recording.path),
            tuple(frame.name for frame in recording.frames),
            weights,
            "front",
            "auto",
            "auto",
            lanes or usable_cores(),
            seconds,
            sensor,
            height,
        )
        views = [view] if view else ["front", "full"] if recording.sensor.full_turn else ["front"]
        jobs = combinations(job, views, chosen)
        result = about_machine() | about_source(recording, simulated=source is None) | about_model(model.card)
        with console.progress("measuring", steps(len(jobs), rounds)) as progress:
            findings = measure_all(jobs, replace(job, kind="eager"), rounds, progress)
            default = do(replace(job, kind="start"))
            if cold:
                default["cold"] = do(replace(job, kind="start"), empty_caches(Path(folder))).get("start_up")
    if not findings.measured:
        raise InputError("; ".join(dict.fromkeys(reason for _, reason in findings.left_out)))
    result |= {"seconds": seconds, "rounds": rounds} | as_dict(findings, default)
    if plot is not None:
        from apps.bench.plot import draw

        draw(plot, result)
    if as_json:
        console.print_json(result)
        return
    report(result)
    if plot is not None:
        console.say(f"drawn: [bold]{escape(str(plot))}[/bold]")


def choose(engines: Sequence[str], precisions: Sequence[str], model: Model) -> list[tuple[str, str]]:
    """The engines and precisions of these names, of all of them where none is named, that can run the model here."""
    from projection import InputError
    from squeezeseg.engines import ENGINES, installed
    from squeezeseg.inference.factory import precisions as precisions_of

    for what, given, known in (
        ("engine", engines, list(ENGINES)),
        ("precision", precisions, sorted({name for names in ENGINES.values() for name in names})),
    ):
        if unknown := [name for name in given if name not in known]:
            raise InputError(f"--{what} {unknown[0]}: unknown; use one of {', '.join(known)}")
    if missing := [name for name in engines if not installed(name)]:
        raise InputError(f"--engine {missing[0]}: not installed; pip install {missing[0]}")
    offered = [(engine, precision) for engine in ENGINES for precision in precisions_of(engine, model)]
    chosen = [
        (engine, precision)
        for engine, precision in offered
        if (not engines or engine in engines) and (not precisions or precision in precisions)
    ]
    if not chosen:
        there = ", ".join(f"{engine} {precision}" for engine, precision in offered) or "none; pip install openvino"
        raise InputError(f"{model.card.file}: no such engine and precision; there are: {there}")
    return chosen


def _open(source: Path | None, folder: Path, frames: int | None, sensor: str | None, height: float | None) -> Source:
    """The scans to measure with: some of the recording, evenly spread, or some that are simulated into `folder`."""
    from apps.commands.segment import spread

    if source is None:
        from data.simulator import simulate

        count = frames or SIMULATED
        with console.progress("simulating", count) as progress:
            source = simulate(folder, count, progress=lambda done, _: progress(done))
    recording = open_selected(source, sensor=sensor, height=height, frames=None, every=1, split=None)
    return recording.with_frames(spread(recording.frames, frames or READ))
