"""`squeezeseg bench`: the speed of this machine, engine by engine."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from apps import console
from apps.option_groups import Inference, takes
from apps.options import JsonOption

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings


@takes(settings=Inference("view", "model", "lanes", "sensor", "height"))
def bench(
    source: Annotated[
        Path | None, typer.Argument(metavar="SOURCE", help="A recording to take scans from; else some are simulated.")
    ] = None,
    frames: Annotated[
        int | None, typer.Option("--frames", metavar="N", min=1, help="How many scans; 20 of a recording, else 6.")
    ] = None,
    engine: Annotated[
        list[str] | None, typer.Option("--engine", metavar="NAME", help="Only this engine; may be given again.")
    ] = None,
    precision: Annotated[
        list[str] | None, typer.Option("--precision", metavar="NAME", help="Only this precision; may be given again.")
    ] = None,
    isa: Annotated[
        list[str] | None,
        typer.Option("--isa", metavar="NAME", help="OpenVINO kept to avx2, avx512 or amx; may be given again."),
    ] = None,
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
    as_json: JsonOption = False,
    *,
    settings: InferenceSettings,
) -> None:
    """Measure how fast scans are segmented, with every engine that is installed.

    Each engine is measured in a process of its own, one scan at a time and with a lane on each core, and held against
    the network alone in PyTorch, float32. Both views are measured unless --view says which.

    --isa makes one machine stand for others, as far as the network is concerned: the processor's clock and caches stay
    what they are. OpenVINO alone has such a switch; where it does not obey, that is an error.
    """
    from apps.bench.choice import choose, instruction_sets, scans
    from apps.bench.jobs import combinations, do, empty_caches, measure_all, steps
    from apps.bench.result import about_machine, about_model, about_source, as_dict
    from apps.bench.tables import report
    from apps.bench.worker import Job
    from apps.run_folder import check_writable
    from projection import InputError
    from squeezeseg.engines.base import usable_cores
    from squeezeseg.graphs import load_model
    from squeezeseg.inference.network_choice import named

    if plot is not None:
        if plot.suffix.lower() != ".png":
            raise InputError(f"{plot}: plots are drawn as .png; give it that suffix")
        check_writable(plot, file=True)
    explicit = settings.model_fields_set
    settings = named(settings)
    model = load_model(settings.model)
    engines = engine or ([settings.engine] if settings.engine != "auto" else [])
    precisions = precision or ([settings.precision] if settings.precision != "auto" else [])
    kept = instruction_sets(isa or [], engines)
    if kept:
        engines = ["openvino"]
    chosen = choose(engines, precisions, model)
    settings = settings.changed(engine="auto", precision="auto", lanes=settings.lanes or usable_cores())
    with tempfile.TemporaryDirectory(prefix="squeezeseg-bench-") as folder:
        recording = scans(source, settings, Path(folder), frames)
        names = tuple(frame.name for frame in recording.frames)
        job = Job("segment", str(recording.path), names, seconds, settings.changed(view="front"))
        full = recording.sensor.full_turn
        views = [settings.view] if "view" in explicit else ["front", "full"] if full else ["front"]
        jobs = combinations(job, views, chosen, kept or [None])
        result = about_machine() | about_source(recording, simulated=source is None) | about_model(model.card)
        with console.progress("measuring", steps(len(jobs), rounds, compared=not kept)) as progress:
            findings = measure_all(jobs, None if kept else replace(job, kind="eager"), rounds, progress)
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
