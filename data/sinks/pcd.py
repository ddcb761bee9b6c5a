"""PCD, binary: the Point Cloud Library's format."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.atomic import atomic_write
from data.cloud_header import comments
from data.labels import colours
from data.scan import Scan
from data.segmentation import Segmentation

_FIELDS = [("points", "<f4", 4), ("rgb", "<u4"), ("label", "<u4"), ("instance", "<u4"), ("confidence", "<f4")]
# PCL packs a colour's bytes into a number that it calls a float.
_HEADER = """# .PCD v0.7
{comments}VERSION 0.7
FIELDS x y z intensity rgb label instance confidence{ring}
SIZE 4 4 4 4 4 4 4 4{size}
TYPE F F F F F U U F{type}
COUNT 1 1 1 1 1 1 1 1{one}
WIDTH {count}
HEIGHT 1
VIEWPOINT 0 0 0 1 0 0 0
POINTS {count}
DATA binary
"""


def write_pcd(path: Path, scan: Scan, result: Segmentation) -> None:
    """Write x, y, z, intensity, colour by class, class, object and confidence of each point; beam and stamp if known.

    `data.formats.pcd.read_pcd` reads all of it back.
    """
    red, green, blue = colours(result.labels).astype(np.uint32).T
    table = np.empty(len(scan), [*_FIELDS, *([] if scan.ring is None else [("ring", "<u2")])])
    table["points"] = scan.points
    table["rgb"] = red << 16 | green << 8 | blue
    table["label"] = result.labels
    table["instance"] = result.instance_numbers
    table["confidence"] = result.confidence_or(np.nan)
    header = {"ring": "", "size": "", "type": "", "one": ""}
    if scan.ring is not None:
        table["ring"] = scan.ring
        header = {"ring": " ring", "size": " 2", "type": " U", "one": " 1"}  # as Velodyne's driver for ROS has it
    lines = "".join(f"# {line}\n" for line in comments(scan.stamp))
    with atomic_write(path) as file:
        file.write(_HEADER.format(count=len(scan), comments=lines, **header).encode())
        file.write(table.tobytes())
