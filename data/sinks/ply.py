"""PLY, binary: the format of MeshLab, CloudCompare and open3d."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.atomic import atomic_write
from data.cloud_header import comments
from data.labels import colours
from data.scan import Scan
from data.segmentation import Segmentation

_FIELDS = [  # packed: 26 bytes, and one more where the beams are known
    ("points", "<f4", 4),
    ("colour", "u1", 3),
    ("label", "u1"),
    ("instance", "<u2"),
    ("confidence", "<f4"),
]
_HEADER = """ply
format binary_little_endian 1.0
{comments}element vertex {count}
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
{ring}end_header
"""


def write_ply(path: Path, scan: Scan, result: Segmentation) -> None:
    """Write x, y, z, intensity, colour by class, class, object and confidence of each point; beam and stamp if known.

    `data.formats.ply.read_ply` reads all of it back.
    """
    table = np.empty(len(scan), [*_FIELDS, *([] if scan.ring is None else [("ring", "u1")])])
    table["points"] = scan.points
    table["colour"] = colours(result.labels)
    table["label"] = result.labels
    table["instance"] = result.instance_numbers
    table["confidence"] = result.confidence_or(np.nan)
    if scan.ring is not None:
        table["ring"] = scan.ring
    header = _HEADER.format(
        count=len(scan),
        comments="".join(f"comment {line}\n" for line in comments(scan.stamp)),
        ring="" if scan.ring is None else "property uchar ring\n",
    )
    with atomic_write(path) as file:
        file.write(header.encode())
        file.write(table.tobytes())
