"""A labelled sector of a turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    whole: objects that were seen whole in the window, their number by that in the window.
    revised: sectors of the same turn that this one has a border with, with labels that take it into account. They
        replace what was said of them before.
    """

    sector: TurnSector
    labels: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    instances: NDArray[np.uint16] | None
    window: SegmentedScan
    whole: Mapping[int, int]
    revised: tuple[LabelledSector, ...] = ()

    @cached_property
    def objects(self) -> tuple[Detection, ...]:
        """The objects that have a box, and reach into this sector, but not into what is known of the last turn only."""
        return tuple(
            replace(one, instance=self.whole[one.instance]) for one in self.window.objects if one.instance in self.whole
        )

    def changed(
        self,
        where: NDArray[np.bool_],
        labels: NDArray[np.uint8],
        confidence: NDArray[np.float32],
        instances: NDArray[np.uint16] | None,
    ) -> LabelledSector:
        """The same with these labels, confidences and numbers (N,) at the points `where` (N,)."""
        numbers, whole = None, self.whole
        if self.instances is not None and instances is not None:
            numbers = np.where(where, instances, self.instances)
            left = set(np.unique(numbers).tolist())
            whole = {instance: number for instance, number in whole.items() if number in left}
        return replace(
            self,
            labels=np.where(where, labels, self.labels),
            confidence=np.where(where, confidence, self.confidence),
            instances=numbers,
            whole=whole,
            revised=(),
        )


def brought_up_to_date(sectors: Sequence[LabelledSector], newest: LabelledSector) -> list[LabelledSector]:
    """The sectors of a turn so far, as the newest revises them, and the newest."""
    newer = {one.sector.number: one for one in newest.revised}
    return [*(newer.get(one.sector.number, one) for one in sectors), newest]
