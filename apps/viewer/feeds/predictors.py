"""Labels of a drive's frames: from a segmenter, or from a run's folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from data.segmentation import Segmentation

if TYPE_CHECKING:
    from apps.saved_tracks import SavedTracks
    from data.scan import Scan
    from data.sources import Frame
    from squeezeseg import Segmenter
    from squeezeseg.objects.boxes import Detection
    from squeezeseg.tracking.followed import Followed


@dataclass(frozen=True, eq=False)
class Segmented:
    """A segmented scan as the page shows it.

    result: its labels. found: the objects. stages: milliseconds by the pipeline's stages. followed: the tracks, None
    where objects aren't followed.
    """

    result: Segmentation
    found: Sequence[Detection] = ()
    stages: dict[str, float] = field(default_factory=dict)
    followed: Sequence[Followed] | None = None


Predict = Callable[["Frame", "Scan"], Segmented]


def by_segmenter(segmenter: Segmenter) -> Predict:
    """Labels made when they are asked for."""
    from squeezeseg.objects.boxes import detect

    def predict(_: Frame, scan: Scan) -> Segmented:
        segmenter.clock.times.clear()  # a viewer may stay open for days
        result = segmenter(scan)
        with segmenter.clock("boxes"):
            found = detect(result)
        stages = {stage: round(times[-1], 2) for stage, times in segmenter.clock.times.items()}
        return Segmented(result, found, stages)

    return predict


def by_run(saved: Callable[[Frame, Scan], Segmentation], tracks: SavedTracks | None = None) -> Predict:
    """Labels read from a run's folder. saved: see `squeezeseg.evaluation.saved_labels.saved_labels`.

    tracks: the run's, if it has some.
    """
    from squeezeseg.objects.boxes import detect

    def predict(frame: Frame, scan: Scan) -> Segmented:
        result = saved(frame, scan)
        return Segmented(result, detect(result), followed=None if tracks is None else tracks.at(frame))

    return predict
