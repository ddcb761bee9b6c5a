"""`squeezeseg compress`: weights in a file of so many bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from apps import console
from apps.compression.options import CompressionOptions
from apps.given_command import given_command
from apps.option_groups import takes
from apps.options import JsonOption


@takes(options=CompressionOptions)
def compress(
    weights: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Weights: a file, or a network in the package.")],
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", metavar="SOURCE", help="Labelled drives to train on; simulated ones, if not given."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder.")] = Path("runs/compress"),
    as_json: JsonOption = False,
    *,
    options: CompressionOptions,
) -> None:
    """Write weights as a .sqz file of at most so many bytes.

    Each layer's weights become whole numbers of steps, as large as its part in the labels allows. Then the network is
    trained on with its weights rounded like that, taught by what it was. --model FILE takes the result like any other.
    The file lists the network's operations, and what int8 rounds, so that engines run it without PyTorch.
    """
    from projection import InputError
    from squeezeseg.engines import installed

    if not installed("torch"):
        raise InputError("compressing needs PyTorch: pip install 'squeezeseg[train]'")
    from apps.compression.graphs import calibrated, checked, listed, room, whole
    from apps.compression.report import present
    from apps.compression.stages import bits_of_layers, compared, started, trained_on
    from data.lock import Lock
    from squeezeseg.weights import load_weights
    from squeezeseg.weights.container import write_container

    model = load_weights(weights)
    file = out / f"{model.path.stem if model.path else model.card.model}.sqz"
    if file.name == "start.sqz":
        raise InputError(f"{weights}: choose another name, 'start' is that of the run's own file")
    if model.container is not None:
        console.note(f"{weights}: compressed already; what is lost now is lost of its rounded weights")
    bits, command = bits_of_layers(model, options), given_command()
    with Lock.of_folder(out):
        operations = listed(whole(model)).operations
        beside = room(operations) + len(model.card.command.encode())
        containers = [started(model, options, bits, beside, out, command)]
        if options.steps != 0:
            containers.append(trained_on(model, containers[0], options, bits, beside, data or [], out, command))
        containers[-1] = calibrated(replace(containers[-1], operations=operations))
        found = compared(model, containers, options.scans)
        whole_way = " && ".join(one for one in (model.card.command, command) if one)
        made = checked(containers[-1], found.int8)
        write_container(file, replace(made, card=replace(made.card, command=whole_way)))
    present(model, file, found, options.base, as_json=as_json)
