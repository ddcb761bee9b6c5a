"""`squeezeseg adapt`: finds out which sensor recorded scans."""

from __future__ import annotations

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
    as_json: JsonOption = False,
) -> None:
    """Find out which sensor recorded scans, without labels and without asking.

    Beams, columns, the height above the ground, tilt, blind parts and intensities are read off the scans of any
    spinning sensor. DIR gets my-sensor.yaml, for every command's --sensor, and a page with pictures of what was found.
    """
    from apps.adaptation.output import PAGE, SENSOR, say_estimate, write_estimate
    from apps.adaptation.reading import estimate

    found = estimate(source, out.name)
    numbers = write_estimate(out, found)
    if as_json:
        console.print_json({**numbers, "files": {"sensor": str(out / SENSOR), "page": str(out / PAGE)}})
        return
    say_estimate(out, found, source)
