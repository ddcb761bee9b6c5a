"""Boxes as the browser gets them: of the ground truth, and of the objects that were found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from data.labels import ClassMap

if TYPE_CHECKING:
    from data.boxes import Box
    from squeezeseg.objects.boxes import Detection


def true_boxes(boxes: Iterable[Box], class_map: ClassMap) -> list[list[Any]]:
    """Boxes of the ground truth as JSON has them, see `box_list`."""
    return [box_list(box, class_map.class_of(box.kind)) for box in boxes]


def found_objects(found: Iterable[Detection], *, confident: bool) -> list[dict[str, Any]]:
    """Objects as JSON has them: number in the scan, points, confidence or None, box.

    confident: whether the labels came with a confidence.
    """
    return [
        {
            "number": one.instance,
            "points": one.points,
            "confidence": round(one.score, 3) if confident else None,
            "box": box_list(one.box, one.class_id),
        }
        for one in found
    ]


def box_list(box: Box, class_id: int) -> list[Any]:
    """A box as JSON has it: class, kind, centre, length, width, height, yaw."""
    return [class_id, box.kind, *(round(float(value), 3) for value in (*box.centre, *box.size, box.yaw))]
