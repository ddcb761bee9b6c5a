"""KITTI raw's tracklet_labels.xml: the boxes of a drive's objects, one tracklet per object."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from data.atomic import atomic_write
from data.boxes import Box
from data.regular_file import read_bytes
from projection.errors import InputError

FILE_NAME = "tracklet_labels.xml"
MAX_BYTES = 256 << 20
MAX_DEPTH = 16
MAX_TEXT = 1000
"""Characters in an element."""
_ROOT = ["boost_serialization", "tracklets"]
_FIELDS = ("objectType", "l", "w", "h", "first_frame")
_POSE = ("tx", "ty", "tz", "rz")
_REMEDY = "download the drive's tracklets again, or remove the file to go without labels"


@dataclass(frozen=True, eq=False)
class Tracklet:
    """An object's way through a drive.

    kind: 'Car', 'Van', 'Pedestrian', ...
    size: length, width, height in metres.
    first_frame: number of the frame that pose 0 belongs to.
    poses: (K, 4) float64, x, y, z of the middle of the bottom face and yaw about z, in the frame of the
        LiDAR; pose k belongs to frame number first_frame + k.
    """

    kind: str
    size: tuple[float, float, float]
    first_frame: int
    poses: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.poses.ndim != 2 or self.poses.shape[1] != 4 or not np.all(np.isfinite(self.poses)):
            raise InputError(f"tracklet {self.kind}: expected finite poses (K, 4), got {self.poses.shape}")
        if not np.all(np.isfinite(self.size)) or min(self.size) < 0:
            raise InputError(f"tracklet {self.kind}: sizes must be finite and not negative, got {self.size}")


def boxes_by_frame(tracklets: Sequence[Tracklet]) -> dict[int, tuple[Box, ...]]:
    """Boxes by frame number, in the order of the tracklets; frames without any are absent."""
    frames: dict[int, list[Box]] = {}
    for track, tracklet in enumerate(tracklets):
        for number, (x, y, z, yaw) in enumerate(tracklet.poses.tolist(), start=tracklet.first_frame):
            frames.setdefault(number, []).append(Box.standing(tracklet.kind, (x, y, z), tracklet.size, yaw, track))
    return {number: tuple(boxes) for number, boxes in frames.items()}


def from_boxes(frames: Sequence[Sequence[Box]]) -> list[Tracklet]:
    """The boxes of frames 0, 1, 2, ... as tracklets: `boxes_by_frame` undone.

    A box's `track` says which are one object's. A tracklet has no gaps, so an object that was out of sight for
    a while comes back as a new one.
    """
    runs: list[tuple[int, list[Box]]] = []
    current: dict[int, list[Box]] = {}
    for number, boxes in enumerate(frames):
        last, current = current, {}
        for box in boxes:
            if (run := last.get(box.track)) is None:
                run = []
                runs.append((number, run))
            run.append(box)
            current[box.track] = run
    return [
        Tracklet(run[0].kind, run[0].size, first, np.array([(*box.bottom, box.yaw) for box in run], np.float64))
        for first, run in runs
    ]


def read_tracklets(path: Path) -> list[Tracklet]:
    """Read tracklet_labels.xml, as Boost's serialisation wrote it.

    Entities are refused (a few lines of them can expand to gigabytes), so are files over 256 MiB.

    Raises:
        InputError: the file can't be read, is no XML or no tracklets.
    """
    try:
        return _Parser().parse(read_bytes(path, most=MAX_BYTES))
    except InputError as error:
        raise InputError(f"{path}: {error}; {_REMEDY}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); {_REMEDY}") from None
    except (ValueError, OverflowError, LookupError, expat.ExpatError) as error:
        raise InputError(f"{path}: broken tracklets ({error}); {_REMEDY}") from None


class _Parser:
    """Makes tracklets of XML element by element: a tree of it would take thirty times the memory."""

    def __init__(self) -> None:
        self.tracklets: list[Tracklet] = []
        self._path: list[str] = []
        self._found = False
        self._text = ""
        self._fields: dict[str, str] = {}
        self._pose: dict[str, str] = {}
        self._poses = array("d")

    def parse(self, data: bytes) -> list[Tracklet]:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._refuse
        parser.Parse(data, True)  # at once: fed in parts, a huge element would be read again with each of them
        if not self._found:
            raise ValueError(f"no element {'/'.join(_ROOT)}")
        return self.tracklets

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        if len(self._path) == MAX_DEPTH:
            raise ValueError(f"elements nested deeper than {MAX_DEPTH}")
        self._path.append(tag)
        self._text = ""
        self._found = self._found or self._path == _ROOT

    def _characters(self, text: str) -> None:
        self._text += text
        if len(self._text) > MAX_TEXT:
            raise ValueError(f"a text of over {MAX_TEXT:,} characters")

    def _end(self, _tag: str) -> None:
        match self._path[len(_ROOT) :] if self._path[: len(_ROOT)] == _ROOT else []:
            case ["item", name] if name in _FIELDS:
                self._fields[name] = self._text.strip()
            case ["item", "poses", "item", name] if name in _POSE:
                self._pose[name] = self._text.strip()
            case ["item", "poses", "item"]:
                self._poses.extend(_numbers(self._pose, _POSE))
                self._pose = {}
            case ["item"]:
                self.tracklets.append(self._tracklet())
                self._fields, self._poses = {}, array("d")
        self._path.pop()
        self._text = ""

    def _tracklet(self) -> Tracklet:
        length, width, height, first_frame = _numbers(self._fields, _FIELDS[1:])
        kind = _text(self._fields, _FIELDS[0])
        poses = np.array(self._poses, np.float64).reshape(-1, len(_POSE))
        return Tracklet(kind, (length, width, height), int(first_frame), poses)

    def _refuse(self, *_: object) -> None:
        raise ValueError("it declares entities, which tracklets never need")


def _text(fields: Mapping[str, str], key: str) -> str:
    if not (text := fields.get(key)):
        raise ValueError(f"an item without {key}")
    return text


def _numbers(fields: Mapping[str, str], keys: Sequence[str]) -> list[float]:
    return [float(_text(fields, key)) for key in keys]


def write_tracklets(path: Path, tracklets: Iterable[Tracklet]) -> None:
    """Write tracklet_labels.xml as KITTI's tools do, atomically; how far objects are hidden is marked as not known."""
    items = [_item(tracklet, first=number == 0) for number, tracklet in enumerate(tracklets)]
    text = "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>',
            "<!DOCTYPE boost_serialization>",
            '<boost_serialization signature="serialization::archive" version="9">',
            '<tracklets class_id="0" tracking_level="0" version="0">',
            f"\t<count>{len(items)}</count>",
            "\t<item_version>1</item_version>",
            *items,
            "</tracklets>",
            "</boost_serialization>",
            "",
        ]
    )
    with atomic_write(path) as file:
        file.write(text.encode())


def _item(tracklet: Tracklet, first: bool) -> str:
    # Boost names a class where it first occurs, so only the first of each item carries attributes.
    length, width, height = (float(side) for side in tracklet.size)
    lines = [
        '\t<item class_id="1" tracking_level="0" version="1">' if first else "\t<item>",
        f"\t\t<objectType>{escape(tracklet.kind)}</objectType>",
        f"\t\t<h>{height!r}</h>",
        f"\t\t<w>{width!r}</w>",
        f"\t\t<l>{length!r}</l>",
        f"\t\t<first_frame>{tracklet.first_frame}</first_frame>",
        '\t\t<poses class_id="2" tracking_level="0" version="0">' if first else "\t\t<poses>",
        f"\t\t\t<count>{len(tracklet.poses)}</count>",
        "\t\t\t<item_version>2</item_version>",
    ]
    for number, (x, y, z, yaw) in enumerate(tracklet.poses.tolist()):
        head = '<item class_id="3" tracking_level="0" version="2">' if first and number == 0 else "<item>"
        values = {"tx": x, "ty": y, "tz": z, "rx": 0, "ry": 0, "rz": yaw, "state": 2}
        values |= {"occlusion": -1, "occlusion_kf": 0, "truncation": -1, "amt_occlusion": -1, "amt_occlusion_kf": -1}
        values |= {"amt_border_l": 0, "amt_border_r": 0, "amt_border_kf": -1}
        lines.append(f"\t\t\t{head}")
        lines += [f"\t\t\t\t<{key}>{value!r}</{key}>" for key, value in values.items()]
        lines.append("\t\t\t</item>")
    return "\n".join([*lines, "\t\t</poses>", "\t\t<finished>1</finished>", "\t</item>"])
