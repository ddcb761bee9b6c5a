"""What a run's files must hold to be gone on from: run.json, its log and the boxes of frames."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from data.boxes import Box
from data.json_file import parse_json, read_json
from data.regular_file import read_bytes
from projection import InputError

FORMAT = "squeezeseg-run/1"
MAX_BYTES = 256 << 20
"""Of run.json: half a million frames."""

Count = Annotated[int, Field(ge=0)]
Length = Annotated[float, Field(ge=0, le=1e6)]
Place = Annotated[float, Field(ge=-1e9, le=1e9)]


class FrameEntry(BaseModel):
    """A frame of a run; what else is known of it is kept as it is."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    name: str
    status: Literal["done", "failed"]
    number: int = 0
    points: Count = 0
    classes: dict[str, Count] = {}
    objects: dict[str, Count] = {}
    bytes: dict[str, Count] = {}

    @model_validator(mode="after")
    def _counted(self) -> Self:
        if self.status == "done" and not {"points", "classes", "objects"} <= self.model_fields_set:
            raise ValueError(f"frame {self.name[:60]!r} is done, but without counts of its points and objects")
        return self


class RunRecord(BaseModel):
    """The content of run.json that a resumed run depends on; the rest is kept as it is."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    format: Literal["squeezeseg-run/1"]
    settings: dict[str, Any]
    frames: list[FrameEntry]


class BoxLine(BaseModel):
    """A line of boxes/FRAME.jsonl, as far as it is read again."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    kind: str
    centre: tuple[Place, Place, Place]
    size: tuple[Length, Length, Length]
    yaw: Place


_RECORD, _ENTRY, _BOX = TypeAdapter(RunRecord), TypeAdapter(FrameEntry), TypeAdapter(BoxLine)


def read_record(file: Path) -> dict[str, Any]:
    """The content of run.json. Raises OSError or ValueError, with the reason in a line."""
    return read_json(file, _RECORD, most=MAX_BYTES).model_dump(exclude_unset=True)


def parse_entry(line: bytes) -> dict[str, Any] | None:
    """A frame's entry in a line of the log, None where it is none, such as one that was cut."""
    try:
        return parse_json(line, _ENTRY).model_dump(exclude_unset=True)
    except ValueError:
        return None


def read_boxes(file: Path) -> list[Box]:
    """The boxes of a frame. Raises InputError if the file can't be read or is damaged."""
    try:
        lines = [parse_json(line, _BOX) for line in read_bytes(file).splitlines()]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{file}: no boxes of a run ({reason}); remove it, and resume the run") from None
    return [Box(line.kind, line.centre, line.size, line.yaw) for line in lines]
