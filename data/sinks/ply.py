"""PLY, binary: what MeshLab, CloudCompare and open3d read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.atomic import atomic_write
from data.labels import colours
from data.scan import Scan

_DTYPE = np.dtype(
    [("points", "<f4", 4), ("colour", "u1", 3), ("label", "u1"), ("confidence", "<f4")]  # packed: 24 bytes
)
_HEADER = """ply
format binary_little_endian 1.0
comment label: 0 background, 1 car, 2 pedestrian, 3 cyclist, 255 not labelled
element vertex {count}
property float x
property float y
property float z
property float intensity
property uchar red
property uchar green
property uchar blue
property uchar label
property float confidence
end_header
"""


def write_ply(path: Path, scan: Scan, labels: NDArray[np.uint8], confidence: NDArray[np.float32]) -> None:
    """Write x, y, z, intensity, colour by class, class and confidence of each point."""
    table = np.empty(len(scan), _DTYPE)
    table["points"] = scan.points
    table["colour"] = colours(labels)
    table["label"] = labels
    table["confidence"] = confidence
    with atomic_write(path) as file:
        file.write(_HEADER.format(count=len(scan)).encode())
        file.write(table.tobytes())
