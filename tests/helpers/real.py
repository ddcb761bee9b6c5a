"""Real scans that tests read where they are: names of the sets, and facts of each."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

DRIVE_0001 = "kitti_raw/2011_09_26/2011_09_26_drive_0001_sync"
DRIVE_0048 = "kitti_raw/2011_09_26/2011_09_26_drive_0048_sync"

HDL64_SETS = {"kitti_raw": 27, "kitti_object": 19, "kitti_object_more": 19, "semantic_kitti": 3}
"""Sets of whole scans of KITTI's HDL-64E, 64 beams stored one after the other, and how many scans each has."""
FRONT_BEAMS = {"000134": 46, "002155": 45, "007347": 47}
"""Beams that see something in each scan of kitti_object_front, which was cut to the camera's picture."""
PUBLISHED_IMAGES = "squeezeseg_npy"
"""Range images that SqueezeSeg published: 64 x 512 pixels ahead, with a class for each pixel."""


def folder() -> Path:
    """The folder of real scans, which may not exist: beside the checkout or where SQUEEZESEG_REAL says."""
    return Path(os.environ.get("SQUEEZESEG_REAL", ROOT.parent / "shared" / "real"))


def velodyne_files(real: Path, name: str) -> list[Path]:
    """The .bin files of a set of KITTI's scans, x y z and reflectance as float32, sorted by path."""
    return sorted((real / name).rglob("velodyne*/**/*.bin"))
