"""Labelled scans written to files, in the format that the suffix names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.scan import Scan
from data.sinks.label import write_label
from data.sinks.npz import write_npz
from data.sinks.pcd import write_pcd
from data.sinks.ply import write_ply
from projection.errors import InputError

Sink = Callable[[Path, Scan, NDArray[np.uint8], NDArray[np.float32]], None]
"""Writes path, scan, labels (N,) uint8 and confidence (N,) float32, atomically."""

SINKS: dict[str, Sink] = {".label": write_label, ".ply": write_ply, ".pcd": write_pcd, ".npz": write_npz}


def sink_for(suffix: str) -> Sink:
    """What writes files of this suffix, with or without its dot. Raises InputError that lists them."""
    sink = SINKS.get(f".{suffix.lstrip('.').lower()}")
    if sink is None:
        raise InputError(f"cannot write {suffix!r} files; use one of {', '.join(SINKS)}")
    return sink


def write_scan(path: Path, scan: Scan, labels: NDArray[np.uint8], confidence: NDArray[np.float32]) -> None:
    """Write one labelled scan, whole or not at all.

    Args:
        path: with one of the suffixes of `SINKS`; its folder is made where it is missing.
        scan: of N points, which keep their order.
        labels: (N,) uint8 class ids, 255 outside the view.
        confidence: (N,) float32, 0..1.

    Raises:
        InputError: the suffix is unknown or the folder can't be written.
    """
    if labels.shape != (len(scan),) or confidence.shape != (len(scan),):
        raise ValueError(f"expected labels and confidence ({len(scan)},), got {labels.shape} and {confidence.shape}")
    sink_for(path.suffix)(path, scan, labels, confidence)


__all__ = ["SINKS", "Sink", "sink_for", "write_scan"]
