"""Paired comparison: two results on the same frames, and the interval of their difference.

Both are resampled alike, recording by recording, so that what the frames have in common drops out: an interval of the
difference is narrower than those of the two scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.labels import CLASSES, OBJECTS
from projection import InputError
from squeezeseg.evaluation.bootstrap import Resampling
from squeezeseg.evaluation.metrics import DISTANCE_EDGES, distance_names, iou, mean_iou
from squeezeseg.evaluation.study import FrameCounts

SHAPE = (len(DISTANCE_EDGES) + 1, len(CLASSES), len(CLASSES))


@dataclass(frozen=True, eq=False)
class FrameConfusion:
    """A frame's confusion, as a result keeps it to be compared with later.

    name, number: of the frame. recording: that it is from.
    by_distance: (zones, C, C) int64, rows are the truth.
    """

    name: str
    number: int
    recording: str
    by_distance: NDArray[np.int64]

    @classmethod
    def of(cls, frame: FrameCounts) -> Self:
        """Of the counts of a study."""
        return cls(frame.name, frame.number, frame.recording, frame.cells.sum(1))

    def as_dict(self) -> dict[str, Any]:
        """For JSON: by_distance as one list of zones x C x C counts."""
        counts = self.by_distance.ravel().tolist()
        return {"name": self.name, "number": self.number, "recording": self.recording, "by_distance": counts}

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Self:
        """What `as_dict` gave. Raises ValueError, KeyError or TypeError if it is something else."""
        counts = np.array(entry["by_distance"], np.int64).reshape(SHAPE)
        return cls(str(entry["name"]), int(entry["number"]), str(entry["recording"]), counts)


def difference(new: Iterable[FrameConfusion], old: Iterable[FrameConfusion]) -> dict[str, Any] | None:
    """The scores of two results on the frames that both have, for JSON; None where they have none in common.

    Returns:
        frames, and the unit and units that were resampled; iou by class, mean_iou and by_distance: of each the new and
        the old score, their difference, and the interval of that, None where there is none.

    Raises:
        InputError: a frame has other true points: its labels or what they count as were changed in between.
    """
    before = {frame.name: frame for frame in old}
    pairs = [(frame, before[frame.name]) for frame in new if frame.name in before]
    if not pairs:
        return None
    counts = np.array([(a.by_distance, b.by_distance) for a, b in pairs])
    moved = (counts[:, 0].sum((1, 3)) != counts[:, 1].sum((1, 3))).any(1)
    if moved.any():
        raise InputError(
            f"{pairs[int(moved.argmax())][0].name}: other true points than in the earlier result ({moved.sum()} of "
            f"{len(pairs)} frames): its labels have changed, or which count; score both anew"
        )
    frames = [frame for frame, _ in pairs]
    plan = Resampling.plan([frame.recording for frame in frames], [frame.number for frame in frames])
    whole = _compare(plan, counts.sum(2))
    zones = {name: _compare(plan, counts[:, :, zone])["iou"] for zone, name in enumerate(distance_names())}
    return {"frames": len(pairs), "unit": plan.unit, "units": plan.units, **whole, "by_distance": zones}


def _compare(plan: Resampling, counts: NDArray[np.int64]) -> dict[str, Any]:
    """counts (F, 2, C, C), new and old -> iou by class, and mean_iou."""

    def scores(m: NDArray[Any]) -> NDArray[np.float64]:
        return np.concatenate([iou(m)[..., OBJECTS], mean_iou(m)[..., None]], axis=-1)

    new, old = scores(counts.sum(0))
    low, high = plan.interval(counts, lambda m: scores(m[..., 0, :, :]) - scores(m[..., 1, :, :]))
    each = [_named(*values) for values in zip(new, old, low, high, strict=True)]
    names: Sequence[str] = CLASSES[OBJECTS]
    return {"iou": dict(zip(names, each, strict=False)), "mean_iou": each[-1]}


def _named(new: float, old: float, low: float, high: float) -> dict[str, Any]:
    known = bool(np.isfinite(new) and np.isfinite(old))
    return {
        "new": round(float(new), 6) if known else None,
        "old": round(float(old), 6) if known else None,
        "difference": round(float(new - old), 6) if known else None,
        "interval": [round(float(low), 6), round(float(high), 6)] if known and np.isfinite(low) else None,
    }
