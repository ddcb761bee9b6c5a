"""`squeezeseg convert`: weights from one format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from apps import console
from apps.options import JsonOption


def convert(
    weights: Annotated[str, typer.Argument(metavar="NAME|FILE", help="Weights: a file, or a network in the package.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The new file: .safetensors or .sqz.")],
    as_json: JsonOption = False,
) -> None:
    """Write weights in another format, every number as it is.

    A .safetensors has them as float32, so that any program can read them. A .sqz is this program's own format. It lists
    the network's operations, and what an int8 graph beside the weights rounds, so that engines run it without PyTorch.
    """
    from apps.compression.graphs import with_graphs_of
    from squeezeseg.weights.convert import convert as write

    write(weights, out, with_graphs_of)
    size = out.stat().st_size
    if as_json:
        console.print_json({"file": str(out), "bytes": size})
        return
    console.say(f"[bold]{escape(str(out))}[/bold], {size / 1e6:.2f} MB")
