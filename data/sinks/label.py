""".label: one little-endian uint32 per point, as SemanticKITTI has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.atomic import atomic_write
from data.scan import Scan


def write_label(
    path: Path,
    scan: Scan,  # noqa: ARG001 - every sink has it, this one needs labels only
    labels: NDArray[np.uint8],
    confidence: NDArray[np.float32],  # noqa: ARG001
) -> None:
    """Write the class ids alone; `data.formats.label.read_labels` reads them back."""
    with atomic_write(path) as file:
        file.write(labels.astype("<u4").tobytes())
