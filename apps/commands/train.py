"""`squeezeseg train`: weights from labelled drives, real or simulated."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps import console
from apps.given_command import given_command
from apps.option_groups import takes
from apps.options import JsonOption, SplitOption
from apps.training.options import ExchangeOptions, OtherNetworks, RecipeOptions, SimulationOptions, ValidationOptions

if TYPE_CHECKING:
    from squeezeseg.training.run import Progress

SIMULATED, REHEARSED, KEPT = 3200, 200, 400
"""Scans that are simulated to learn from, to go on rehearsing what was learned, to draw from at a time."""
HELD, HELD_SCANS = 0.05, 160
"""Share of each recording that is held back, for what is fitted to the finished network; scans of streets that never
repeat."""


@takes(
    simulation=SimulationOptions,
    validation=ValidationOptions,
    others=OtherNetworks,
    recipe=RecipeOptions,
    exchange=ExchangeOptions,
)
def train(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SOURCE", help="Labelled drives. Without any, drives are simulated."),
    ] = None,
    split: SplitOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder.")] = Path("runs/train"),
    settings_file: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="A .yaml file with any setting of the recipe.")
    ] = None,
    map_name: Annotated[
        str,
        typer.Option(
            "--class-map", metavar="NAME", help="How the data's object types become classes: default or squeezeseg."
        ),
    ] = "default",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that RUN holds.")] = False,
    as_json: JsonOption = False,
    *,
    simulation: SimulationOptions,
    validation: ValidationOptions,
    others: OtherNetworks,
    recipe: RecipeOptions,
    exchange: ExchangeOptions,
) -> None:
    """Train a network, its CRF and its object classifier on labelled drives.

    Weights of ours (--init) are adapted to the drives that are given: only the network is trained, gently, half of the
    time on simulated scans as before, so that it doesn't forget what these drives don't show. Without drives they go on
    learning from simulated streets.

    Started by torchrun, all its workers share each batch: docs/cluster.md has the commands.
    """
    from apps.training.board import board as curves
    from apps.training.communication import as_dict, say_traffic
    from apps.training.drives import fresh_streets, open_labelled, open_or_simulate, store
    from apps.training.weights import calibrate, initial, report, score
    from data.labels import class_map
    from data.lock import Lock
    from projection import InputError
    from squeezeseg.distributed.exchange import Exchange
    from squeezeseg.distributed.workers import Workers
    from squeezeseg.networks import architecture
    from squeezeseg.training.initial import carry_over, is_ours
    from squeezeseg.training.loop import train as run
    from squeezeseg.training.recipe import FINE_TUNING, GOING_ON, read_settings
    from squeezeseg.training.samples import Samples, hold_out
    from squeezeseg.weights import load_weights, record_score, save_model

    init = others.init
    if others.boxes:
        from apps.training.boxes import train_boxes

        opened_for = partial(open_or_simulate, sources or [], split, out, simulation.simulate or SIMULATED)
        train_boxes(init, opened_for, out, class_map(map_name), recipe.given, as_json=as_json)
        return
    ours = init is not None and is_ours(init)
    adapted = ours and bool(sources)
    defaults = FINE_TUNING if adapted else GOING_ON if ours else {}
    settings = read_settings(settings_file, recipe.given, others=defaults)
    architecture(settings.model)  # a name that is none is told now, not after an hour of simulating
    fresh = settings.uses is not None
    if fresh and sources:
        raise InputError("--fresh simulates what is learned from; leave out SOURCE, or --fresh")
    classes = class_map(map_name)
    kept = (simulation.simulate or KEPT) if fresh else 0
    with ExitStack() as stack:
        together = stack.enter_context(Workers.joined(Exchange(**asdict(exchange))))
        if fresh and together.size > 1:
            raise InputError("--fresh: streets aren't simulated for several workers of torchrun; leave it out")
        if together.first:
            if (out / "log.jsonl").exists() and not (resume or together.restarted):
                raise InputError(f"{out}: holds a run; go on with it by --resume, or choose another --out")
            stack.enter_context(Lock.of_folder(out))
        else:
            console.only_errors()
        scored = [open_labelled(path, validation.val_split) for path in validation.val or []]
        for source in scored:
            if not source.labelled:  # said now, not after hours of training
                raise InputError(f"{source.path}: no labels to score against; give another --val")
        network = initial(init, settings)
        teachers = [load_weights(name) for name in others.teacher or []]
        rehearsal = None
        samples: Samples
        with together.in_turn():
            made = min(kept, HELD_SCANS) // 2 * 2 if fresh else simulation.simulate or SIMULATED
            opened = open_or_simulate(sources or [], split, out, made, settings.seed)
            if fresh:
                streets = fresh_streets(out, settings, kept, made, map_name, simulation.workers)
                samples, held = stack.enter_context(streets), opened
            else:
                learned, held = hold_out(opened, 0.0 if adapted else HELD)
                samples = store(learned, out / "samples", map_name)
            if adapted and settings.rehearse > 0:
                drives = open_or_simulate([], None, out, simulation.simulate or REHEARSED, settings.seed)
                rehearsal = store(drives, out / "rehearsal", map_name)
        command = given_command()
        with console.progress("training", settings.steps + settings.crf_steps) as progress, ExitStack() as curve:
            board = curve.enter_context(curves(out)) if together.first else None

            def on_step(at: Progress) -> None:
                progress(at.step + (settings.steps if at.phase == "crf" else 0))
                if board is not None:
                    board(at)

            try:
                weights = run(
                    settings,
                    samples,
                    out,
                    sensor=replace(opened[0].base_sensor, cut=None),
                    command=command,
                    init=network,
                    rehearsal=rehearsal,
                    teachers=teachers,
                    workers=together,
                    on_step=on_step,
                )
            except KeyboardInterrupt:
                console.note(f"interrupted; go on with: {command} --resume")
                raise
        if not together.first:
            return
        if adapted:
            assert init is not None
            save_model(weights, carry_over(load_weights(weights), init))
        else:
            calibrate(weights, held, classes)
        scores = {source.name: score(source, weights, classes) for source in scored}
        for name, reached in scores.items():
            record_score(weights, name, reached)
    if as_json:
        result = {"weights": str(weights), "samples": len(samples), "scores": scores}
        console.print_json(result | ({"communication": as_dict(together)} if together.size > 1 else {}))
        return
    report(weights, scores)
    if together.size > 1:
        say_traffic(together)
