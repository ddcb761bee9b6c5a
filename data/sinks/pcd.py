"""PCD, binary: the Point Cloud Library's format."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.atomic import atomic_write
from data.labels import colours
from data.scan import Scan
from data.segmentation import Segmentation

_DTYPE = np.dtype([("points", "<f4", 4), ("rgb", "<u4"), ("label", "<u4"), ("instance", "<u4"), ("confidence", "<f4")])
# PCL packs a colour's bytes into a number that it calls a float.
_HEADER = """# .PCD v0.7 - label: 0 background, 1 car, 2 pedestrian, 3 cyclist, 255 not labelled; instance: 0 no object
VERSION 0.7
FIELDS x y z intensity rgb label instance confidence
SIZE 4 4 4 4 4 4 4 4
TYPE F F F F F U U F
COUNT 1 1 1 1 1 1 1 1
WIDTH {count}
HEIGHT 1
VIEWPOINT 0 0 0 1 0 0 0
POINTS {count}
DATA binary
"""


def write_pcd(path: Path, scan: Scan, result: Segmentation) -> None:
    """Write x, y, z, intensity, colour by class, class, object and confidence of each point."""
    red, green, blue = colours(result.labels).astype(np.uint32).T
    table = np.empty(len(scan), _DTYPE)
    table["points"] = scan.points
    table["rgb"] = red << 16 | green << 8 | blue
    table["label"] = result.labels
    table["instance"] = result.instance_numbers
    table["confidence"] = result.confidence_or(np.nan)
    with atomic_write(path) as file:
        file.write(_HEADER.format(count=len(scan)).encode())
        file.write(table.tobytes())
