"""A labelled scan as bytes for the browser.

    4 bytes   'SQZ1'
    uint32    bytes of the header, little-endian like all that follows
    header    JSON: see `encode`
    int16     (N, 3)  x, y, z in units of the header's `scale`, in metres
    uint8     (N,)    class, 255 for none
    uint8     (N,)    intensity, 255 for 1
    uint8     (N,)    confidence, 255 for 1
    uint8     (N,)    ground truth, 255 for none; only where the header's `truth` says so
    uint16    (N,)    number of the point's object in the scan, 0 for none; only where `objects` says so
    uint8     (N,)    class in the other run, 255 for none; only where `compared` says so
    uint16    (N,)    number of its object there, 0 for none; only where `compared_objects` says so
    bits      (H, W)  which pixels of the range image hold a return, row by row, the lowest bit first

Every part is padded to four bytes. The points that won a pixel come first, in the order of the pixels, so that
those bits tell which point is which pixel's; then come those that are hidden or outside the view.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.viewer.feeds.quantise import LIMIT, quantise, reach_of
from data.labels import IGNORE
from data.segmentation import Segmentation
from projection import returns

MAGIC = b"SQZ1"
SCALES = (0.004, 0.01)
"""Metres that a unit of a coordinate may be: 131 m or 327 m to each side. Points further out are moved to the edge."""


@dataclass(frozen=True, eq=False)
class Packet:
    """Points as they are sent, in the order that this module's docstring tells.

    xyz: (N, 3) int16. scale: metres per unit. classes, intensity, confidence: (N,) uint8. truth: the same, or None.
    mask: (H, W) bool. objects: (N,) uint16, or None. compared, compared_objects: classes and objects of another run.
    """

    xyz: NDArray[np.int16]
    scale: float
    classes: NDArray[np.uint8]
    intensity: NDArray[np.uint8]
    confidence: NDArray[np.uint8]
    truth: NDArray[np.uint8] | None
    mask: NDArray[np.bool_]
    objects: NDArray[np.uint16] | None = None
    compared: NDArray[np.uint8] | None = None
    compared_objects: NDArray[np.uint16] | None = None

    @property
    def optional(self) -> dict[str, NDArray[Any] | None]:
        """The parts that not every scan has, by their name in the header, in their order."""
        return {name: getattr(self, name) for name in ("truth", "objects", "compared", "compared_objects")}

    def __post_init__(self) -> None:
        count = len(self.classes)
        arrays = [self.intensity, self.confidence, *(part for part in self.optional.values() if part is not None)]
        shapes = [self.xyz.shape, *(array.shape for array in arrays)]
        if shapes != [(count, 3), *[(count,)] * len(arrays)]:
            raise ValueError(f"expected {count} points in each part, got {shapes}")
        if self.mask.sum() > count:
            raise ValueError(f"{self.mask.sum()} pixels hold a return, of {count} points")


def pack(
    points: NDArray[np.float32],
    result: Segmentation,
    truth: NDArray[np.uint8] | None = None,
    other: Segmentation | None = None,
) -> Packet:
    """A scan's points (N, 4) and what is known of them, without those that are no return.

    result: their labels; where it has no confidence, 1 is sent. truth: (N,). other: labels to compare with.
    """
    image = result.image
    good = returns(points)
    winners = image.index[image.mask]
    good[winners] = False
    order = np.concatenate([winners, np.flatnonzero(good)])
    reach = reach_of(points, order)
    scale = next((scale for scale in SCALES if reach <= scale * LIMIT), SCALES[-1])
    xyz, intensity = np.empty((len(order), 3), np.int16), np.empty(len(order), np.uint8)
    quantise(points, order, 1 / scale, xyz, intensity)
    sure = np.full(len(order), 255, np.uint8)
    if result.confidence is not None:
        sure = np.rint(np.clip(result.confidence[order], 0, 1) * 255).astype(np.uint8)
    return Packet(
        xyz,
        scale,
        result.labels[order],
        intensity,
        sure,
        None if truth is None else truth[order],
        image.mask,
        objects=None if result.instances is None else result.instances[order],
        compared=None if other is None else other.labels[order],
        compared_objects=None if other is None or other.instances is None else other.instances[order],
    )


def encode(packet: Packet, facts: Mapping[str, Any]) -> bytes:
    """The bytes to send.

    facts: what else the header says, as JSON has it. It also gets points, scale, rows, columns, and for each part that
    not every scan has whether it is there.
    """
    rows, columns = packet.mask.shape
    optional = packet.optional
    header = {
        **facts,
        "points": len(packet.classes),
        "scale": packet.scale,
        "rows": rows,
        "columns": columns,
        **{name: part is not None for name, part in optional.items()},
    }
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    parts: list[bytes] = [MAGIC, np.uint32(len(text)).astype("<u4").tobytes(), text]
    bits = np.packbits(packet.mask.ravel(), bitorder="little")
    arrays = [packet.xyz.astype("<i2", copy=False), packet.classes, packet.intensity, packet.confidence]
    there = [part.astype(part.dtype.newbyteorder("<"), copy=False) for part in optional.values() if part is not None]
    for array in (*arrays, *there, bits):
        parts += [array.tobytes(), bytes(-array.nbytes % 4)]
    return b"".join(parts)


def count_classes(labels: NDArray[np.uint8], classes: int) -> list[int]:
    """Points of each class, and last those without."""
    count = np.bincount(labels, minlength=IGNORE + 1)
    return [*count[:classes].tolist(), int(count[IGNORE])]
