"""`squeezeseg search draw`: networks beside each other, layer by layer, as long as each takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apps import console
from apps.search.options import TableOption


def search_draw(
    models: Annotated[
        list[str],
        typer.Argument(metavar="MODEL...", help="Networks: names, descriptions (.json) or files of weights."),
    ],
    *,
    table: TableOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.png", help="The picture.")] = Path("networks.png"),
) -> None:
    """Draw networks beside each other: a bar for each layer, as long as the table says that it takes.

    A bar is as high as its image is wide, so that one sees what folding columns is worth. What the table lacks of a
    network, 'squeezeseg search table --model NAME' adds.
    """
    from apps.run_folder import check_writable
    from projection import InputError
    from squeezeseg.engines import installed

    if not installed("torch"):
        raise InputError("counting parameters needs PyTorch: pip install 'squeezeseg[train]'")
    if out.suffix.lower() != ".png":
        raise InputError(f"{out}: pictures are drawn as .png; give it that suffix")
    check_writable(out, file=True)
    from apps.search.drawing import Drawn, draw
    from squeezeseg.profiling.steps.subject import for_range_images
    from squeezeseg.search.table.latency_table import read_table

    times = read_table(table)
    networks = []
    for name in models:
        subject = for_range_images(name, times.width)
        assert subject.model is not None
        networks.append(Drawn(subject.model.card.architecture, subject.layers.parameters))
    draw(out, networks, times)
    console.note(f"wrote {out}")
