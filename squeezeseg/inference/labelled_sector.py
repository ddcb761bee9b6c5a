"""A labelled sector of a turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.turn_sector import TurnSector
from squeezeseg.inference.segmented_scan import SegmentedScan
from squeezeseg.objects.boxes import Detection


@dataclass(frozen=True, eq=False)
class LabelledSector:
    """A sector's N points with a class for each.

    labels, confidence, instances: (N,) uint8, float32 and uint16, as `Segmentation` has them; but the number of an
        object holds from sector to sector, and not for one scan. instances: None where objects weren't sought.
    window: what was labelled: the sector's points between those beside it. Its image's sensor has the view of the
        network, which sees the window turned ahead.
    ended: objects that end in this sector, their number by that in the window.
    """

    sector: TurnSector
    labels: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    instances: NDArray[np.uint16] | None
    window: SegmentedScan
    ended: Mapping[int, int]

    @cached_property
    def objects(self) -> tuple[Detection, ...]:
        """The objects that have a box and end in this sector, so that they were seen whole."""
        return tuple(
            replace(one, instance=self.ended[one.instance]) for one in self.window.objects if one.instance in self.ended
        )
