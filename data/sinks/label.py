""".label: one little-endian uint32 per point, as SemanticKITTI has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data.atomic import atomic_write
from data.scan import Scan
from data.segmentation import Segmentation


def write_label(
    path: Path,
    scan: Scan,  # noqa: ARG001 - every sink has it, this one needs labels only
    result: Segmentation,
) -> None:
    """Write class ids in the low 16 bits and the objects' numbers in the high ones.

    `data.formats.label.read_labels` reads the class ids back. 255 is written for points that were not seen and for
    those that were and are not known alike: only .npz, .ply and .pcd tell them apart, by their confidence.
    """
    words = result.instance_numbers.astype(np.uint32) << 16 | result.labels
    with atomic_write(path) as file:
        file.write(words.astype("<u4").tobytes())
