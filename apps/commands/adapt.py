"""`squeezeseg adapt`: finds out which sensor recorded scans, and adapts a network to it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from apps import console
from apps.options import JsonOption, SourceArgument


def adapt(
    source: SourceArgument,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the sensor's file and the page.")
    ] = Path("my-sensor"),
    minutes: Annotated[
        float,
        typer.Option("--minutes", metavar="M", min=0.1, help="Time for all of it; streets and steps are fitted in."),
    ] = 10.0,
    model: Annotated[
        str, typer.Option("--model", "--weights", metavar="NAME|FILE", help="The network that is adapted.")
    ] = "fast",
    labelled: Annotated[
        list[Path] | None,
        typer.Option("--labelled", metavar="SOURCE", help="Real scans of the sensor with labels: they decide."),
    ] = None,
    estimate_only: Annotated[
        bool, typer.Option("--estimate-only", help="Find out about the sensor, and leave the networks as they are.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Of the streets and the training.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the adaptation that DIR holds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find out which sensor recorded scans, and adapt a network to it, without labels and without asking.

    Beams, columns, the height above the ground, tilt, blind parts and intensities are read off the scans of any
    spinning sensor. Then streets are simulated as that sensor would see them, and a network goes on learning from them,
    half of the time from such as before. It is kept if it got better, on other such streets and without losing its
    agreement with itself on the real scans.

    DIR gets my-sensor.yaml, for every command's --sensor, my-sensor.safetensors, for --model, and a page with pictures.
    """
    from apps.adaptation.output import as_json_of, say_estimate, say_outcome, write_estimate, write_page
    from apps.adaptation.reading import estimate
    from data.lock import Lock
    from projection import InputError
    from squeezeseg.adaptation.plan import FILE

    began = time.monotonic()
    found = estimate(source, out.name)
    if not estimate_only and (out / FILE).exists() and not resume:
        raise InputError(f"{out}: holds an adaptation; go on with it by --resume, or choose another --out")
    with Lock.of_folder(out):
        numbers = write_estimate(out, found)
        outcome = None
        if not estimate_only:
            from apps.adaptation.stages import adapt_network

            left = max(60 * minutes - (time.monotonic() - began), 1.0)
            outcome = adapt_network(out, found, model, labelled or [], left, seed)
            write_page(out, found, outcome)
    if as_json:
        console.print_json(as_json_of(out, numbers, outcome))
        return
    say_estimate(out, found, source, last=outcome is None)
    if outcome is not None:
        say_outcome(outcome, out, source)
