"""`squeezeseg search`: networks found for a processor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps import console
from apps.given_command import given_command
from apps.option_groups import takes
from apps.options import ClassMapOption, JsonOption, SplitOption
from apps.search.options import LatencyOption, SearchBudgetOptions, SearchOptions, TableOption, given, seconds

if TYPE_CHECKING:
    from squeezeseg.search.run.loop import Progress


@takes(options=SearchOptions, budget=SearchBudgetOptions)
def search(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(metavar="SOURCE", help="Labelled drives to learn from. Without any, drives are simulated."),
    ] = None,
    split: SplitOption = None,
    *,
    table: TableOption,
    latency: LatencyOption,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder.")] = Path("runs/search"),
    simulate: Annotated[
        int, typer.Option("--simulate", metavar="N", min=3, help="Scans to simulate where there is no SOURCE.")
    ] = 1200,
    class_map: ClassMapOption = "default",
    settings_file: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="A .yaml file with any setting of the search.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the search that RUN holds.")] = False,
    as_json: JsonOption = False,
    options: SearchOptions,
    budget: SearchBudgetOptions,
) -> None:
    """Find networks for a processor: the most accurate ones that its latency table puts within a bound.

    A super net holds the weights of all networks of a space. Networks are drawn from it and trained, and a distribution
    over them is learned on other samples (differentiable neural architecture search); at last some are drawn from it
    and ranked on samples held back. The best are written as RUN/found-1.json and so on: train them with
    'squeezeseg train --model RUN/found-1.json'.
    """
    from apps.search.output import present
    from apps.search.settings import read_settings
    from apps.training.drives import open_or_simulate, store
    from data.lock import Lock
    from projection import InputError
    from squeezeseg.networks import SearchRecord
    from squeezeseg.search.run.cost import Cost
    from squeezeseg.search.run.loop import LOG
    from squeezeseg.search.run.loop import search as run
    from squeezeseg.search.run.result import write_result
    from squeezeseg.search.space import named_space
    from squeezeseg.search.supernet.latency import LatencyModel
    from squeezeseg.search.table.latency_table import read_table

    settings = read_settings(settings_file, given(options) | {"latency": seconds(latency)}, given(budget))
    space, times = named_space(settings.space), read_table(table)
    model = LatencyModel(space, times, times.height, times.width)
    if (out / LOG).exists() and not resume:
        raise InputError(f"{out}: holds a search; go on with it by --resume, or choose another --out")
    with Lock.of_folder(out):
        opened = open_or_simulate(sources or [], split, out, simulate, settings.recipe.seed)
        samples = store(opened, out / "samples", class_map)
        cost = Cost(out)
        with console.progress("searching", settings.recipe.steps + settings.candidates) as progress:

            def on_step(at: Progress) -> None:
                progress(at.done)
                if at.done % settings.recipe.checkpoint_every == 0:
                    cost.write()

            try:
                best = run(settings, space, model, samples, out, on_step=on_step)
            except KeyboardInterrupt:
                console.note(f"interrupted; go on with: {given_command()} --resume")
                raise
            finally:
                cost.write()
        told = times.validation
        record = SearchRecord(
            target=str(times.target),
            latency=settings.latency,
            core_minutes=round(cost.core_seconds / 60, 2),
            seed=settings.recipe.seed,
            command=given_command(),
            correlation=None if told is None else round(told.r, 4),
            error=None if told is None else round(told.mean_error, 4),
        )
        found = write_result(out, settings, space, best, record)
    present(out, settings, space, found, times, cost.core_seconds, as_json=as_json)
