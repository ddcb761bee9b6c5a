"""`squeezeseg export`: a network as a file that other programs run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from apps import console
from apps.option_groups import Inference, takes
from apps.options import JsonOption

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings


@takes(settings=Inference("model", file=False))
def export(
    form: Annotated[
        Literal["onnx", "openvino"], typer.Argument(metavar="onnx|openvino", help="What kind of file to write.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Beside the weights, or here, if not given.")
    ] = None,
    precision: Annotated[
        Literal["float32", "bfloat16", "int8"],
        typer.Option("--precision", help="int8 quantizes; bfloat16 is the float32 file, checked in bfloat16."),
    ] = "float32",
    crf: Annotated[
        bool, typer.Option("--crf", help="Normalisation and CRF in the file: range images in metres to labels.")
    ] = False,
    scans: Annotated[int, typer.Option("--scans", metavar="N", help="Simulated scans to check the file on.")] = 12,
    as_json: JsonOption = False,
    *,
    settings: InferenceSettings,
) -> None:
    """Write a network as ONNX or in OpenVINO's format, if its labels equal PyTorch's.

    Both are run on simulated scans. Labels must agree on 99.9 % of the pixels in float32, 99.5 % in bfloat16, 98 % in
    int8, and no class may lose more than a point of IoU. The report on that is written beside the file; a file that
    fails is not written. --model FILE and the engines of all commands find it there.
    """
    from projection import InputError
    from squeezeseg.engines import installed

    if not installed("torch"):
        raise InputError("exporting needs PyTorch and more: pip install 'squeezeseg[export]'")
    from squeezeseg.graphs import load_model
    from squeezeseg.graphs.export import export as export_checked
    from squeezeseg.graphs.export import scans_needed
    from squeezeseg.inference.network_choice import named
    from squeezeseg.weights.model import SHIPPED

    model = load_model(named(settings).model)
    assert model.path is not None
    folder = Path() if model.path.parent == SHIPPED else model.path.parent
    suffix = {"onnx": ".onnx", "openvino": ".xml"}[form]
    name = model.path.stem + ".complete" * crf + ".int8" * (precision == "int8") + suffix
    path = out or folder / name
    with console.progress("checking", scans_needed(precision, scans)) as progress:
        found = export_checked(model, path, form, precision, complete=crf, scans=scans, progress=progress)
    if as_json:
        console.print_json({"file": str(path), **found.as_dict()})
        return
    console.say(f"[bold]{escape(str(path))}[/bold], {_size(path)}, and its .parity.json")
    console.say(
        f"{found.agreement:.2%} of the labels are PyTorch's in float32: {found.pixels:,} pixels of {found.scans} scans"
    )
    table = console.table("IoU", "PyTorch", precision)
    for label, before in found.reference_iou.items():
        table.add_row(label, *("-" if v is None else f"{v:.1%}" for v in (before, found.graph_iou[label])))
    console.show(table)


def _size(path: Path) -> str:
    files = [path, path.with_suffix(".bin")] if path.suffix == ".xml" else [path]
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f} MB"
