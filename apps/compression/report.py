"""What compressed weights came to, for people and for programs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from apps import console
from squeezeseg.graphs.parity import Parity
from squeezeseg.weights import Model


def present(model: Model, file: Path, found: Sequence[Parity], *, as_json: bool) -> None:
    """Say how large the file is, and the IoU by class before, without training, and after it."""
    size, before = file.stat().st_size, 4 * sum(value.size for value in model.tensors.values())
    if as_json:
        console.print_json(
            {
                "file": str(file),
                "bytes": size,
                "float32_bytes": before,
                "scans": found[-1].scans,
                "agreement": found[-1].agreement,
                "iou": {"before": found[-1].reference_iou, "after": found[-1].graph_iou},
                "iou_untrained": found[0].graph_iou,
            }
        )
        return
    console.say(f"[bold]{escape(str(file))}[/bold], {size:,} bytes, {before / size:.1f} times smaller than in float32")
    console.say(
        f"{found[-1].agreement:.2%} of the labels are those of before: {found[-1].pixels:,} pixels of "
        f"{console.count(found[-1].scans, 'simulated scan')}"
    )
    table = console.table("IoU", "before", *("compressed", "trained on")[: len(found)])
    for name, value in found[0].reference_iou.items():
        row = [value, *(one.graph_iou[name] for one in found)]
        table.add_row(name, *("-" if one is None else f"{one:.1%}" for one in row))
    console.show(table)
    console.say(f"next: squeezeseg segment DRIVE --model {escape(shlex.quote(str(file)))}", style="dim")
