"""Boxes as the browser gets them: of the ground truth, and of the objects that were found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from data.labels import CLASSES, ClassMap
from squeezeseg.plotting.palette import motion_of
from squeezeseg.tracking.tracks import label_number

if TYPE_CHECKING:
    from apps.saved_tracks import SavedTracks
    from data.boxes import Box
    from data.sources import Frame
    from squeezeseg.objects.boxes import Detection
    from squeezeseg.tracking.followed import Followed


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


def track_list(followed: Iterable[Followed]) -> list[dict[str, Any]]:
    """Tracks as JSON has them.

    number: lasts. instance: the same as the points have it. title: for people. motion: what it does, by the name of its
    colour. speed: m/s, or None. seen, confirmed: see `Followed`. trail: places, metres.
    """
    return [
        {
            "number": one.number,
            "instance": label_number(one.number),
            "title": one.title,
            "motion": motion_of(one.moving),
            "speed": None if one.speed is None else round(one.speed, 2),
            "seen": one.seen,
            "confirmed": one.confirmed,
            "box": box_list(one.box, one.class_id),
            "trail": one.trail.round(2).tolist(),
        }
        for one in followed
    ]


def track_lives(tracks: SavedTracks, frames: Sequence[Frame]) -> list[dict[str, Any]]:
    """The tracks of a drive from their first frame to their last, as JSON has them, those that a second scan confirms.

    frames: of the drive; a track's `positions` count them from 0, and are -1 for those that are left out.
    """
    position = {(tracks.source.recording(frame), frame.number): k for k, frame in enumerate(frames)}
    return [
        {
            "number": one.number,
            "name": CLASSES[one.class_id],
            "motion": motion_of(one.moving),
            "confidence": round(one.confidence, 3),
            "sightings": one.sightings,
            "size": [round(side, 2) for side in one.boxes[0].box.size],
            "positions": [position.get((recording, at.frame), -1) for at in one.boxes],
            "speeds": [round(at.speed, 2) for at in one.boxes],
        }
        for recording, own in tracks.tracks.items()
        for one in own
        if one.confirmed
    ]


def box_list(box: Box, class_id: int) -> list[Any]:
    """A box as JSON has it: class, kind, centre, length, width, height, yaw."""
    return [class_id, box.kind, *(round(float(value), 3) for value in (*box.centre, *box.size, box.yaw))]
