"""Cycles in labels of points that don't say whether somebody rides them: the boxes do."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.label_map import LabelMap
from data.labels import CYCLIST, ClassMap
from data.scan import Scan

RIDDEN = " with rider"
"""What a label map adds to the name of a cycle that is ridden."""


def labels_with_riders(
    ids: NDArray[np.integer], names: LabelMap, scan: Scan, boxes: Iterable[Box], class_map: ClassMap
) -> NDArray[np.uint8]:
    """Classes of points by their labels (N,), where cycles inside a cyclist's box are cyclists."""
    labels: NDArray[np.uint8] = names.table[ids]
    known = (number for number, name in names.labels.items() if names.class_of(name + RIDDEN) == CYCLIST)
    cycles = np.isin(ids, list(known))
    for box in boxes:
        if class_map.class_of(box.kind) == CYCLIST:
            labels[cycles & box.contains(scan.points)] = CYCLIST
    return labels
