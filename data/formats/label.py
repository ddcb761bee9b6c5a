""".label: one uint32 per point, in the scan's order; SemanticKITTI's format, and that of our results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.labels import CLASSES, IGNORE
from data.regular_file import open_regular
from projection.errors import InputError


def read_words(path: Path, expected_points: int) -> NDArray[np.uint32]:
    """Whole labels, (N,) uint32: the class in the low 16 bits, the number of the object in the high ones.

    Raises:
        InputError: the file is missing, or of another length than its scan.
    """
    try:
        size = path.stat().st_size
        if size != 4 * expected_points:
            raise InputError(
                f"{path}: {size} bytes, but a scan of {expected_points} points has {4 * expected_points} bytes of "
                "labels; copy scan and labels from the same place again"
            )
        with open_regular(path) as file:
            return np.fromfile(file, "<u4", expected_points).astype(np.uint32, copy=False)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None


def read_semantic_ids(path: Path, expected_points: int) -> NDArray[np.uint16]:
    """The low 16 bits of each label: (N,) uint16. Raises InputError as `read_words` does."""
    return (read_words(path, expected_points) & 0xFFFF).astype(np.uint16)


def read_object_ids(path: Path, expected_points: int) -> NDArray[np.uint16]:
    """The high 16 bits of each label: (N,) uint16, 0 for no object. Raises InputError as `read_words` does."""
    return (read_words(path, expected_points) >> 16).astype(np.uint16)


def read_labels(path: Path, expected_points: int) -> NDArray[np.uint8]:
    """Labels that we saved: (N,) uint8, 0 to 3 or IGNORE.

    Raises:
        InputError: the file is missing, of another length than its scan, or has other class ids.
    """
    ids = read_semantic_ids(path, expected_points)
    if len(strange := ids[(ids >= len(CLASSES)) & (ids != IGNORE)]):
        raise InputError(
            f"{path}: class {strange[0]}, but predictions have 0 to {len(CLASSES) - 1} or {IGNORE}; "
            "use labels that `squeezeseg segment` wrote"
        )
    return ids.astype(np.uint8)
