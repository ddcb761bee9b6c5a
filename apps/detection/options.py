"""Options of the commands that detect objects in pictures. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PicturesArgument = Annotated[
    Path, typer.Argument(metavar="IMAGES", help="A folder of KITTI's object data, a folder of pictures, or a picture.")
]
DetectorOption = Annotated[
    Path, typer.Option("--model", "--weights", metavar="FILE", help="Weights of 'squeezeseg detect train'.")
]
ListOption = Annotated[
    Path | None, typer.Option("--split", metavar="LIST", help="Pictures that a text file names, one a line.")
]


def need_torch() -> None:
    """Raise InputError, with what to do, where PyTorch isn't installed."""
    from projection import InputError
    from squeezeseg.engines import installed

    if not installed("torch"):
        raise InputError("detecting in pictures needs PyTorch: pip install 'squeezeseg[train]'")
