"""Labelled scans as Foxglove's messages, for its files and its server.

/squeezeseg/points   foxglove.PointCloud: x, y, z in metres, intensity, confidence, instance, label (0 background,
                     1 car, 2 pedestrian, 3 cyclist, 255 none), and red, green, blue, alpha: with these four,
                     Foxglove's 3D panel shows the classes in our colours without any setting
/squeezeseg/objects  foxglove.SceneUpdate: the boxes, if there are any to show, as one entity; or of objects that are
                     followed an entity each, 'track 12', with its box, words and trail
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.labels import COLOURS, IGNORE_COLOUR, RGB, class_map, colours
from data.scan import Scan
from data.segmentation import Segmentation
from projection.errors import InputError

if TYPE_CHECKING:
    from foxglove import Context
    from foxglove.messages import Color, CubePrimitive, PointCloud, Pose, SceneEntity, Timestamp

POINTS, OBJECTS = "/squeezeseg/points", "/squeezeseg/objects"
FRAME_ID = "velodyne"
"""The frame of reference, as KITTI's tools call the LiDAR's."""
FRAME_PERIOD = 0.1
"""Seconds from a scan to the next, where the recording has no clock."""

DTYPE = np.dtype(
    [  # aligned: 28 bytes
        *((name, "<f4") for name in ("x", "y", "z", "intensity", "confidence")),
        ("instance", "<u2"),
        *((name, "u1") for name in ("label", "red", "green", "blue", "alpha")),
    ],
    align=True,
)
_OPACITY = 0.35
_ABOVE, _LETTERS, _TRAIL = 0.5, 0.6, 0.08
"""Metres: from a box to the words over it, the height of their letters, the width of a trail."""


def load_foxglove() -> Any:
    """The library, imported at first use. Raises InputError that says how to get it."""
    try:
        import foxglove
    except ImportError as error:
        raise InputError(
            f"Foxglove's files and server need foxglove-sdk ({error}); pip install 'squeezeseg[live]'"
        ) from None
    return foxglove


@dataclass(frozen=True, eq=False)
class Marker:
    """An object that is followed: a box with words, and the way that it has come.

    number: lasts from scan to scan. colour: of all of it. trail: (K, 3) places in the sensor's frame, metres.
    """

    number: int
    box: Box
    text: str
    colour: RGB
    trail: NDArray[np.float64]

    @property
    def name(self) -> str:
        """Of its entity."""
        return f"track {self.number}"


class Topics:
    """The topics of a context, which has one sink: a file or a server."""

    def __init__(self, context: Context) -> None:
        from foxglove.channels import PointCloudChannel, SceneUpdateChannel

        self._context = context  # channels know their context, but don't keep it
        self._points = PointCloudChannel(POINTS, context=context)
        self._objects = SceneUpdateChannel(OBJECTS, context=context)
        self._shown = False
        self._followed: set[str] = set()  # entities that the last scan showed

    def log(
        self, scan: Scan, result: Segmentation, stamp: float | None, boxes: Sequence[Box], markers: Sequence[Marker]
    ) -> None:
        """Log a scan. stamp: seconds since the epoch, for the scan's own."""
        from foxglove.messages import SceneUpdate

        if len(result) != len(scan):
            raise ValueError(f"expected labels of {len(scan)} points, got {len(result)}")
        nanoseconds = stamp_of(scan, stamp)
        if self._points.has_sinks():
            self._points.log(_cloud(scan, result, nanoseconds), log_time=nanoseconds)
        # Once there were boxes, a scan without must say so, or the last ones would stay.
        if self._objects.has_sinks() and (boxes or self._shown):
            self._shown = bool(boxes)
            self._objects.log(SceneUpdate(entities=[_entity(boxes, nanoseconds)]), log_time=nanoseconds)
        if self._objects.has_sinks() and (markers or self._followed):
            self._log_markers(markers, nanoseconds)

    def _log_markers(self, markers: Sequence[Marker], nanoseconds: int) -> None:
        """Log an entity for each, and delete those that are followed no longer."""
        from foxglove.messages import SceneEntityDeletion, SceneEntityDeletionType, SceneUpdate

        entities = [_followed(one, nanoseconds) for one in markers]
        names = {one.name for one in markers}
        gone = [
            SceneEntityDeletion(timestamp=_time(nanoseconds), type=SceneEntityDeletionType.MatchingId, id=name)
            for name in sorted(self._followed - names)
        ]
        self._followed = names
        self._objects.log(SceneUpdate(entities=entities, deletions=gone), log_time=nanoseconds)


def stamp_of(scan: Scan, stamp: float | None = None) -> int:
    """Nanoseconds since the epoch: `stamp` in seconds, else the scan's own, else its frame's number by `FRAME_PERIOD`.

    Raises:
        InputError: a time that Foxglove has no place for, before 1970 or after 2106.
    """
    seconds = next((time for time in (stamp, scan.stamp) if time is not None), scan.frame * FRAME_PERIOD)
    if not 0 <= seconds < 1 << 32:
        raise InputError(f"scan {scan.name}: its time {seconds:g} s is not between 1970 and 2106; mend its clock")
    whole = int(seconds)
    return whole * 10**9 + round((seconds - whole) * 1e9)  # the product of all would be off by hundreds


def pack(scan: Scan, result: Segmentation) -> NDArray[np.void]:
    """Points and labels as a table: (N,) of `DTYPE`."""
    table = np.zeros(len(scan), DTYPE)
    for axis, name in enumerate(("x", "y", "z", "intensity")):
        table[name] = scan.points[:, axis]
    table["confidence"] = result.confidence_or(np.nan)
    table["instance"] = result.instance_numbers
    table["label"] = result.labels
    colour = colours(result.labels)
    for channel, name in enumerate(("red", "green", "blue")):
        table[name] = colour[:, channel]
    table["alpha"] = 255
    return table


def _cloud(scan: Scan, result: Segmentation, nanoseconds: int) -> PointCloud:
    from foxglove.messages import PackedElementField, PackedElementFieldNumericType, PointCloud

    kinds = PackedElementFieldNumericType
    numeric = {"<f4": kinds.Float32, "<u2": kinds.Uint16, "|u1": kinds.Uint8}
    assert DTYPE.fields is not None
    fields = [
        PackedElementField(name=name, offset=entry[1], type=numeric[entry[0].str])
        for name, entry in DTYPE.fields.items()
    ]
    return PointCloud(
        timestamp=_time(nanoseconds),
        frame_id=FRAME_ID,
        point_stride=DTYPE.itemsize,
        fields=fields,
        data=pack(scan, result).tobytes(),
    )


def _entity(boxes: Sequence[Box], nanoseconds: int) -> SceneEntity:
    """The boxes as one entity, which replaces the last scan's of the same id."""
    from foxglove.messages import SceneEntity

    classes = class_map("default")
    cubes = []
    for box in boxes:
        class_id = classes.class_of(box.kind)
        cubes.append(_cube(box, COLOURS[class_id].tolist() if class_id < len(COLOURS) else IGNORE_COLOUR))
    return SceneEntity(timestamp=_time(nanoseconds), frame_id=FRAME_ID, id="objects", cubes=cubes)


def _followed(one: Marker, nanoseconds: int) -> SceneEntity:
    """An object that is followed as an entity, which replaces the last scan's of the same id."""
    from foxglove.messages import LinePrimitive, LinePrimitiveLineType, Point3, SceneEntity, TextPrimitive

    x, y, z = one.box.centre
    text = TextPrimitive(
        pose=_pose(x, y, z + one.box.size[2] / 2 + _ABOVE),
        billboard=True,
        font_size=_LETTERS,
        color=_colour(one.colour),
        text=one.text,
    )
    trail = LinePrimitive(
        type=LinePrimitiveLineType.LineStrip,
        pose=_pose(0.0, 0.0, 0.0),
        thickness=_TRAIL,
        color=_colour(one.colour),
        points=[Point3(x=x, y=y, z=z) for x, y, z in one.trail.tolist()],
    )
    return SceneEntity(
        timestamp=_time(nanoseconds),
        frame_id=FRAME_ID,
        id=one.name,
        cubes=[_cube(one.box, one.colour)],
        texts=[text],
        lines=[trail] if len(one.trail) > 1 else [],
    )


def _cube(box: Box, colour: Sequence[int]) -> CubePrimitive:
    from foxglove.messages import CubePrimitive, Vector3

    length, width, height = box.size
    size = Vector3(x=length, y=width, z=height)
    return CubePrimitive(pose=_pose(*box.centre, box.yaw), size=size, color=_colour(colour, _OPACITY))


def _pose(x: float, y: float, z: float, yaw: float = 0.0) -> Pose:
    from foxglove.messages import Pose, Quaternion, Vector3

    turn = Quaternion(x=0.0, y=0.0, z=float(np.sin(yaw / 2)), w=float(np.cos(yaw / 2)))
    return Pose(position=Vector3(x=x, y=y, z=z), orientation=turn)


def _colour(colour: Sequence[int], opacity: float = 1.0) -> Color:
    from foxglove.messages import Color

    red, green, blue = (value / 255 for value in colour)
    return Color(r=red, g=green, b=blue, a=opacity)


def _time(nanoseconds: int) -> Timestamp:
    from foxglove.messages import Timestamp

    seconds, rest = divmod(nanoseconds, 10**9)
    return Timestamp(sec=seconds, nsec=rest)
