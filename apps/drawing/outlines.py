"""Outlines: the boxes that are drawn around a frame's objects, with their colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.boxes import Box
from data.labels import CLASSES, OBJECT_CLASSES
from data.sources import Frame, Source
from squeezeseg.objects.boxes import Detection
from squeezeseg.plotting.palette import CLASS_LEGEND, TRUE_BOX


@dataclass(frozen=True)
class Outlines:
    """Boxes drawn as lines of one colour. name: what the legend calls them. width: of the lines, in pixels."""

    boxes: Sequence[Box]
    colour: tuple[int, int, int]
    name: str = ""
    width: float = 1.5


def outlines_of(source: Source, frame: Frame, found: Sequence[Detection]) -> list[Outlines]:
    """Ground truth's boxes in white, where there are any, and those around the objects found in their classes' colours.

    Raises:
        InputError: the ground truth's file is broken.
    """
    return [
        Outlines(source.boxes(frame) or (), TRUE_BOX, "true box", width=1.0),
        *(Outlines([one.box for one in found if one.class_id == k], CLASS_LEGEND[CLASSES[k]]) for k in OBJECT_CLASSES),
    ]
