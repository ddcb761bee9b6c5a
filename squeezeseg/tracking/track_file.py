"""tracks.jsonl: the tracks of a run, a line of JSON for each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from data.atomic import atomic_write
from data.boxes import Box
from data.json_file import parse_json
from data.labels import CLASS_TABLE, CLASSES
from data.regular_file import read_bytes
from projection.errors import InputError
from squeezeseg.tracking.tracks import Track, TrackedBox

FILE = "tracks.jsonl"
MAX_BYTES = 1 << 30

_Place = Annotated[float, Field(ge=-1e9, le=1e9)]
_Side = Annotated[float, Field(ge=0, le=1e6)]


class _BoxEntry(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    frame: int
    centre: tuple[_Place, _Place, _Place]
    yaw: _Place
    speed: float
    seen: bool


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, populate_by_name=True)

    id: int = Field(ge=1)
    recording: str = ""
    name: str = Field(alias="class")
    confidence: float
    moving: bool | None
    size: tuple[_Side, _Side, _Side]
    boxes: list[_BoxEntry] = Field(min_length=1)


_LINE = TypeAdapter(_Line)


def write_tracks(path: Path, tracks: Iterable[Track]) -> None:
    """Write tracks, whole or not at all. Raises InputError if that can't be done."""
    with atomic_write(path) as file:
        file.writelines(json.dumps(track.as_dict(), allow_nan=False).encode() + b"\n" for track in tracks)


def read_tracks(path: Path) -> list[Track]:
    """Read tracks: places to a millimetre, speeds to a hundredth of a metre a second.

    Raises:
        InputError: the file can't be read, or holds something else.
    """
    try:
        lines = [parse_json(line, _LINE) for line in read_bytes(path, most=MAX_BYTES).splitlines()]
        return [_track(line) for line in lines]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: no tracks of a run ({reason}); run 'squeezeseg segment --track' again") from None


def _track(line: _Line) -> Track:
    if line.name not in CLASSES[1:]:
        raise ValueError(f"class {line.name[:60]!r}")
    class_id = CLASSES.index(line.name)
    boxes = tuple(
        TrackedBox(
            one.frame, Box(CLASS_TABLE[class_id].kitti, one.centre, line.size, one.yaw, line.id), one.seen, one.speed
        )
        for one in line.boxes
    )
    return Track(line.id, class_id, line.confidence, boxes, line.moving, line.recording)
