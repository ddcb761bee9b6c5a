"""`squeezeseg search precision`: the bits that each layer of a trained network needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apps import console
from apps.given_command import given_command
from apps.option_groups import takes
from apps.options import JsonOption
from apps.search.options import SearchBudgetOptions, given
from apps.search.precision_options import PrecisionOptions


@takes(options=PrecisionOptions, budget=SearchBudgetOptions)
def search_precision(
    weights: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Weights: a file, or a network in the package.")],
    *,
    size: Annotated[int, typer.Option("--bytes", metavar="N", min=1, help="Of the compressed file, at most.")],
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", metavar="SOURCE", help="Labelled drives to learn from; simulated ones, if not given."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder.")] = Path("runs/precision"),
    simulate: Annotated[
        int, typer.Option("--simulate", metavar="N", min=3, help="Scans to simulate, without --data.")
    ] = 200,
    table: Annotated[
        list[Path] | None,
        typer.Option(
            "--table",
            metavar="FILE",
            help="Latencies of 'squeezeseg search table --model NAME', to show beside; one for each precision.",
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the search that RUN holds.")] = False,
    as_json: JsonOption = False,
    options: PrecisionOptions,
    budget: SearchBudgetOptions,
) -> None:
    """Find how many bits the weights of each layer need, so that a compressed file has at most so many bytes.

    Each layer is rounded to 2, 3, 4, 6 and 8 bits at once, in shares that are learned (differentiable search), with its
    weights and steps learned in turn. RUN/precision.json is for 'squeezeseg compress --bits', which trains the network
    as it will be kept. Fewer bits save bytes, not time: x86 multiplies no integers smaller than 8 bits.
    """
    from projection import InputError
    from squeezeseg.engines import installed

    if not installed("torch"):
        raise InputError("a search needs PyTorch: pip install 'squeezeseg[train]'")
    from apps.search.precision_report import present
    from apps.search.precision_times import read_tables
    from apps.search.settings import precision_settings
    from apps.training.drives import open_or_simulate, store
    from data.lock import Lock
    from squeezeseg.search.precision.loop import LOG, search_precision, total_steps
    from squeezeseg.search.precision.result import write_result
    from squeezeseg.search.run.cost import Cost
    from squeezeseg.weights import load_weights

    model = load_weights(weights)
    settings = precision_settings(given(options) | {"size": size}, given(budget) | {"model": model.card.model})
    tables = read_tables(table or [], model.card.architecture)
    if (out / LOG).exists() and not resume:
        raise InputError(f"{out}: holds a search; go on with it by --resume, or choose another --out")
    with Lock.of_folder(out):
        opened = open_or_simulate(data or [], None, out, simulate, settings.recipe.seed)
        samples = store(opened, out / "samples", "default")
        cost = Cost(out)
        with console.progress("searching", total_steps(settings)) as progress:
            try:
                found = search_precision(settings, model, samples, out, on_step=progress)
            except KeyboardInterrupt:
                console.note(f"interrupted; go on with: {given_command()} --resume")
                raise
            finally:
                cost.write()
        file = write_result(out, settings, model, found, cost.core_seconds)
    present(out, file, weights, settings, model, found, cost.core_seconds, tables, as_json=as_json)
