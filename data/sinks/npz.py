""".npz: NumPy's archive, with a scan and all of its labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.atomic import atomic_write
from data.scan import Scan
from data.segmentation import Segmentation


def write_npz(path: Path, scan: Scan, result: Segmentation) -> None:
    """Write points (N, 4), labels, frame, name; and stamp, ring, confidence and instances where they are known."""
    known = {"stamp": scan.stamp, "ring": scan.ring, "instances": result.instances, "confidence": result.confidence}
    arrays = {key: np.asarray(value) for key, value in known.items() if value is not None}
    arrays |= {"points": scan.points, "labels": result.labels}
    arrays |= {"frame": np.asarray(scan.frame), "name": np.asarray(scan.name)}
    with atomic_write(path) as file:
        # Not allow_pickle=False, which older numpy takes for one more array. None of these holds objects.
        np.savez(file, **arrays)  # type: ignore[arg-type]
