"""PLY, binary: the format of MeshLab, CloudCompare and open3d."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.atomic import atomic_write
from data.labels import colours
from data.scan import Scan
from data.segmentation import Segmentation

_DTYPE = np.dtype(
    [  # packed: 26 bytes
        ("points", "<f4", 4),
        ("colour", "u1", 3),
        ("label", "u1"),
        ("instance", "<u2"),
        ("confidence", "<f4"),
    ]
)
_HEADER = """ply
format binary_little_endian 1.0
comment label: 0 background, 1 car, 2 pedestrian, 3 cyclist, 255 not labelled
comment instance: number of the object, 0 none
element vertex {count}
property float x
property float y
property float z
property float intensity
property uchar red
property uchar green
property uchar blue
property uchar label
property ushort instance
property float confidence
end_header
"""


def write_ply(path: Path, scan: Scan, result: Segmentation) -> None:
    """Write x, y, z, intensity, colour by class, class, object and confidence of each point."""
    table = np.empty(len(scan), _DTYPE)
    table["points"] = scan.points
    table["colour"] = colours(result.labels)
    table["label"] = result.labels
    table["instance"] = result.instance_numbers
    table["confidence"] = result.confidence_or(np.nan)
    with atomic_write(path) as file:
        file.write(_HEADER.format(count=len(scan)).encode())
        file.write(table.tobytes())
