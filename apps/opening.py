"""From a command's options to a source and a segmenter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from apps import console
from apps.options import Engine, Precision, View

if TYPE_CHECKING:
    from data.sources import Source
    from squeezeseg import Segmenter


def open_selected(
    path: Path, *, sensor: str | None, height: float | None, frames: str | None, every: int, split: Path | None
) -> Source:
    """Open a source and select from it. Raises InputError for what can't be opened or leaves nothing."""
    from data.sensor_file import load_sensor
    from data.sources import open_source, select

    source = open_source(path, sensor=load_sensor(sensor) if sensor else None)
    if height is not None:
        source.base_sensor = replace(source.base_sensor, height=height)
    return select(source, frames=frames, every=every, split=split)


def load_segmenter(
    source: Source,
    *,
    view: View,
    weights: str,
    engine: Engine = "auto",
    precision: Precision = "auto",
    lanes: int = 1,
    crf: bool,
    neighbours: int,
    objects: bool = True,
    unknown_below: float = 0.0,
) -> Segmenter:
    """A segmenter for the source's sensor. Raises InputError for weights or settings that can't be used."""
    from squeezeseg import Segmenter

    check_settings(neighbours, unknown_below)
    segmenter = Segmenter.load(
        weights,
        sensor=source.sensor,
        view=view,
        engine=engine,
        precision=precision,
        lanes=lanes,
        crf=crf,
        neighbours=neighbours,
        objects=objects,
        unknown_below=unknown_below,
    )
    if found := source.misfit:
        detail = f" ({found.detail})" if found.detail else ""
        console.warn(f"{source.path}: scans are {found.what}{detail}; {found.remedy}, with --sensor if need be")
    return segmenter


def check_settings(neighbours: int, unknown_below: float) -> None:
    """Raise InputError for settings that no segmenter can have."""
    from projection import InputError

    if neighbours < 0:
        raise InputError(f"neighbours {neighbours}: must be 0 or more")
    if not 0 <= unknown_below <= 1:
        raise InputError(f"unknown-below {unknown_below:g}: must be 0 to 1")
