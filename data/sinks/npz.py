""".npz: NumPy's archive, with a scan and all of its labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.atomic import atomic_write
from data.labelled import Labelled
from data.scan import Scan


def write_npz(path: Path, scan: Scan, labelled: Labelled) -> None:
    """Write points (N, 4), labels, confidence, frame, name, and stamp, ring and instances where they are known."""
    known = {"stamp": scan.stamp, "ring": scan.ring, "instances": labelled.instances}
    arrays = {key: np.asarray(value) for key, value in known.items() if value is not None}
    arrays |= {"points": scan.points, "labels": labelled.labels, "confidence": labelled.confidence}
    arrays |= {"frame": np.asarray(scan.frame), "name": np.asarray(scan.name)}
    with atomic_write(path) as file:
        # Not allow_pickle=False, which older numpy takes for one more array. None of these holds objects.
        np.savez(file, **arrays)  # type: ignore[arg-type]
