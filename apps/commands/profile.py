"""`squeezeseg profile`: what a network costs, layer by layer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape

from apps import console
from apps.option_groups import takes
from apps.options import JsonOption
from apps.profile.options import LinkOptions


@takes(sent=LinkOptions)
def profile(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="A network that 'squeezeseg models' lists, or a file of weights. With --communication nine networks, "
            "if not given.",
        ),
    ] = None,
    classification: Annotated[
        bool, typer.Option("--classification", help="A backbone as it was published, at its published size.")
    ] = False,
    view: Annotated[
        Literal["front", "full"], typer.Option("--view", help="The 90 degrees ahead, or the whole turn.")
    ] = "front",
    target: Annotated[
        Literal["openvino", "onnxruntime", "torch"] | None,
        typer.Option(
            "--target",
            show_default="openvino; with --classification none",
            help="Measure the layers in this engine.",
        ),
    ] = None,
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "int8"],
        typer.Option("--precision", help="auto: the smallest that the processor computes with."),
    ] = "auto",
    counts: Annotated[bool, typer.Option("--counts", help="Count only, measure nothing.")] = False,
    seconds: Annotated[float, typer.Option("--seconds", metavar="S", min=0, help="To measure for.")] = 10.0,
    on_chip: Annotated[
        str, typer.Option("--on-chip", metavar="SIZE", help="Memory on a chip: does the network fit?")
    ] = "8.5MB",
    layers: Annotated[bool, typer.Option("--layers", help="A line for each layer rather than each block.")] = False,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.png", help="Draw the roofline, a dot for each layer.")
    ] = None,
    as_json: JsonOption = False,
    *,
    sent: LinkOptions,
) -> None:
    """Count what a network costs, layer by layer, and measure where its time goes.

    Parameters, multiply-adds, numbers moved; milliseconds of each layer in an engine, held against what the processor
    could do at best; whether it fits into a memory, the time to send it, and its energy by a model. Batch norm is
    folded away, but with --classification.
    """
    from apps.profile.quantities import parse_bytes, parse_rate
    from apps.profile.result import as_dict
    from apps.profile.tables import report
    from apps.run_folder import check_writable
    from projection import InputError
    from squeezeseg.engines import installed

    memory = parse_bytes(on_chip, "--on-chip")
    rate = parse_rate(sent.link or ("1Gbit" if sent.communication else "1Mbit"), "--link")
    measured = not counts and (target is not None or not classification)
    if plot is not None:
        if plot.suffix.lower() != ".png":
            raise InputError(f"{plot}: plots are drawn as .png; give it that suffix")
        if not measured:
            raise InputError("--plot: draws what is measured; give --target openvino, and not --counts")
        check_writable(plot, file=True)
    if not installed("torch"):
        raise InputError("profiling needs PyTorch: pip install 'squeezeseg[train]'")
    if sent.communication:
        _communication(model, rate, seconds, as_json=as_json)
        return
    if model is None:
        raise InputError("which network? Give a MODEL that 'squeezeseg models' lists, or a file of weights")
    from squeezeseg.profiling.steps import subject as subjects

    columns = {"front": 512, "full": 2048}[view]
    subject = subjects.classification(model) if classification else subjects.for_range_images(model, columns)
    found, load = None, os.getloadavg()[0]
    if measured:
        from squeezeseg.profiling.steps.measure import check, measure, usual_precision

        engine = target or "openvino"
        chosen = usual_precision(subject, engine) if precision == "auto" else precision
        check(engine, chosen)
        with console.progress("measuring", round(seconds)) as progress:
            found = measure(subject, engine, chosen, seconds, lambda passed: progress(int(passed)))
    result = as_dict(subject, memory, rate, found, load)
    if plot is not None:
        from apps.profile.plot import draw

        draw(plot, result)
    if as_json:
        console.print_json(result)
        return
    report(result, layers=layers)
    if plot is not None:
        console.say(f"drawn: [bold]{escape(str(plot))}[/bold]")


def _communication(model: str | None, rate: float, seconds: float, *, as_json: bool) -> None:
    import torch

    from apps.profile.communication import as_dict, report
    from squeezeseg.profiling.communication import NETWORKS, measure

    names = NETWORKS if model is None else (model,)
    load = os.getloadavg()[0]
    with console.progress("measuring", len(names)) as progress:
        found, ring = measure(names, rate, seconds, progress)
    result = as_dict(found, ring, torch.get_num_threads(), load)
    if as_json:
        console.print_json(result)
        return
    report(result)
