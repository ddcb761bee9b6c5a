"""Sinks: labelled scans to files, in the format that the suffix names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data.scan import Scan
from data.segmentation import Segmentation
from data.sinks.label import write_label
from data.sinks.npz import write_npz
from data.sinks.pcd import write_pcd
from data.sinks.ply import write_ply
from projection.errors import InputError

Sink = Callable[[Path, Scan, Segmentation], None]
"""Writes a scan and its labels, atomically."""

SINKS: dict[str, Sink] = {".label": write_label, ".ply": write_ply, ".pcd": write_pcd, ".npz": write_npz}


def sink_for(suffix: str) -> Sink:
    """The sink for a suffix, with or without its dot. Raises InputError that lists the suffixes."""
    sink = SINKS.get(f".{suffix.lstrip('.').lower()}")
    if sink is None:
        raise InputError(f"cannot write {suffix!r} files; use one of {', '.join(SINKS)}")
    return sink


def write_scan(path: Path, scan: Scan, result: Segmentation) -> None:
    """Write one labelled scan, whole or not at all.

    Args:
        path: with one of the suffixes of `SINKS`; its folder is made where it is missing.
        scan: of N points, which keep their order.
        result: the segmentation of this scan.

    Raises:
        InputError: the suffix is unknown or the folder can't be written.
    """
    if len(result) != len(scan):
        raise ValueError(f"expected labels of {len(scan)} points, got {len(result)}")
    sink_for(path.suffix)(path, scan, result)


__all__ = ["SINKS", "Sink", "sink_for", "write_scan"]
