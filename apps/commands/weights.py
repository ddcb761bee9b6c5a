"""`squeezeseg weights diff` and `squeezeseg weights patch`: updates that send only what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from apps import console
from apps.options import JsonOption


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The .sqz file that is there.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The one that it should become.")],
    out: Annotated[Path, typer.Option("--out", metavar="PATCH", help="The patch to write.")],
    as_json: JsonOption = False,
) -> None:
    """Write what changed between two .sqz files of weights as a patch."""
    from squeezeseg.weights.patch import write_patch

    _tell(out, write_patch(old, new, out), new.stat().st_size, as_json=as_json)


def patch(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The .sqz file that is there.")],
    patch_file: Annotated[Path, typer.Argument(metavar="PATCH", help="What 'squeezeseg weights diff' wrote.")],
    out: Annotated[Path, typer.Option("--out", metavar="NEW", help="The file to write; OLD may be its name.")],
    as_json: JsonOption = False,
) -> None:
    """Make the new .sqz file of an old one and a patch: the same bytes, or an error."""
    from squeezeseg.weights.patch import patch_weights

    _tell(out, patch_weights(old, patch_file, out), None, as_json=as_json)


def _tell(file: Path, size: int, whole: int | None, *, as_json: bool) -> None:
    if as_json:
        console.print_json({"file": str(file), "bytes": size} | ({} if whole is None else {"whole_bytes": whole}))
        return
    share = "" if whole is None else f", {size / whole:.1%} of the whole"
    console.say(f"[bold]{escape(str(file))}[/bold], {size:,} bytes{share}")
