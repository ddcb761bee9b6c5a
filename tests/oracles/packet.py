"""The viewer's packets read back, as static/protocol.js does."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Read:
    facts: dict
    xyz: np.ndarray  # (N, 3) float64, metres
    classes: np.ndarray
    intensity: np.ndarray
    confidence: np.ndarray
    truth: np.ndarray | None
    objects: np.ndarray | None
    compared: np.ndarray | None
    compared_objects: np.ndarray | None
    point_of: np.ndarray  # (H, W), the point that a pixel shows, -1 for none


def decode(data: bytes) -> Read:
    magic, length = struct.unpack_from("<4sI", data)
    assert magic == b"SQZ1"
    at = 8
    facts = json.loads(data[at : at + length])
    at += length
    count, shape = facts["points"], (facts["rows"], facts["columns"])

    def part(dtype, items):
        nonlocal at
        assert at % 4 == 0
        values = np.frombuffer(data, dtype, items, at)
        at += values.nbytes + -values.nbytes % 4
        return values

    xyz = part("<i2", 3 * count).reshape(count, 3) * facts["scale"]
    classes, intensity, confidence = (part(np.uint8, count) for _ in range(3))
    kinds = {"truth": np.uint8, "objects": "<u2", "compared": np.uint8, "compared_objects": "<u2"}
    optional = {name: part(kind, count) if facts[name] else None for name, kind in kinds.items()}
    size = shape[0] * shape[1]
    bits = part(np.uint8, -(-size // 8))
    assert at == len(data)
    point_of = np.full(size, -1)
    found = 0
    for pixel in range(size):
        if bits[pixel // 8] >> pixel % 8 & 1:
            point_of[pixel] = found
            found += 1
    return Read(facts, xyz, classes, intensity, confidence, **optional, point_of=point_of.reshape(shape))


def quantise(points, order, per_metre):
    """Units (M, 3) int16 and intensities (M,) uint8 of the points that `order` names."""
    units = np.clip(np.rint(points[order, :3].astype(np.float64) * per_metre), -32767, 32767)
    bright = np.nan_to_num(points[order, 3].astype(np.float64), nan=0.0, posinf=1.0, neginf=0.0)
    return units.astype(np.int16), np.rint(np.clip(bright, 0, 1) * 255).astype(np.uint8)
