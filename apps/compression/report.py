"""What compressed weights came to, for people and for programs."""

from __future__ import annotations

import shlex
from pathlib import Path

from rich.markup import escape

from apps import console
from apps.compression.stages import Comparison
from squeezeseg.weights import Model
from squeezeseg.weights.container import read_bytes
from squeezeseg.weights.patch import make_patch


def present(model: Model, file: Path, comparison: Comparison, base: Path | None = None, *, as_json: bool) -> None:
    """Say how large the file is, and the IoU by class before, without training, after it, and in int8.

    base: the file whose patch is told of, too.
    """
    found, int8 = comparison.containers, comparison.int8
    size, before = file.stat().st_size, 4 * sum(value.size for value in model.tensors.values())
    patch = None if base is None else len(make_patch(read_bytes(base), file.read_bytes()))
    if as_json:
        console.print_json(
            {
                "file": str(file),
                "bytes": size,
                "float32_bytes": before,
                "patch_bytes": patch,
                "scans": found[-1].scans,
                "agreement": found[-1].agreement,
                "iou": {"before": found[-1].reference_iou, "after": found[-1].graph_iou},
                "iou_untrained": found[0].graph_iou,
                "int8": None if int8 is None else int8.as_dict(),
            }
        )
        return
    console.say(f"[bold]{escape(str(file))}[/bold], {size:,} bytes, {before / size:.1f} times smaller than in float32")
    if patch is not None:
        console.say(f"the patch of {escape(str(base))} has {patch:,} bytes, {patch / size:.1%} of the whole")
    console.say(
        f"{found[-1].agreement:.2%} of the labels are those of before: {found[-1].pixels:,} pixels of "
        f"{console.count(found[-1].scans, 'simulated scan')}"
    )
    if int8 is not None:
        console.say(f"{int8.agreement:.2%} in int8")
    columns = [*found, *([] if int8 is None else [int8])]
    table = console.table("IoU", "before", *("compressed", "trained on")[: len(found)], *["int8"] * (int8 is not None))
    for name, value in found[0].reference_iou.items():
        row = [value, *(one.graph_iou[name] for one in columns)]
        table.add_row(name, *("-" if one is None else f"{one:.1%}" for one in row))
    console.show(table)
    words = ["segment", "DRIVE", "--model", str(file)]
    if base is not None:
        words = ["weights", "diff", str(base), str(file), "--out", str(file.with_suffix(".sqp"))]
    console.say(f"next: squeezeseg {escape(shlex.join(words))}", style="dim")
