"""Where the labels of a drive's frames come from: a segmenter, or a run's folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from projection import RangeImage

if TYPE_CHECKING:
    from data.scan import Scan
    from data.sources import Frame
    from squeezeseg import Segmenter
    from squeezeseg.evaluation.labelled_frames import Prediction


@dataclass(frozen=True, eq=False)
class Predicted:
    """What is known of a scan of N points.

    labels: (N,) uint8. image: the range image. confidence: (N,) 0..1 or None. boxes: around the objects found.
    stages: milliseconds by the pipeline's stages.
    """

    labels: NDArray[np.uint8]
    image: RangeImage
    confidence: NDArray[np.float32] | None = None
    boxes: Sequence[Box] = ()
    stages: dict[str, float] = field(default_factory=dict)


Predict = Callable[["Frame", "Scan"], Predicted]


def by_segmenter(segmenter: Segmenter) -> Predict:
    """Labels made when they are asked for."""
    from squeezeseg.objects.boxes import detect

    def predict(_: Frame, scan: Scan) -> Predicted:
        segmenter.clock.times.clear()  # a viewer may stay open for days
        result = segmenter(scan)
        with segmenter.clock("boxes"):
            boxes = [found.box for found in detect(result)]
        stages = {stage: round(times[-1], 2) for stage, times in segmenter.clock.times.items()}
        return Predicted(result.labels, result.image, result.confidence, boxes, stages)

    return predict


def by_run(saved: Callable[[Frame, Scan], Prediction]) -> Predict:
    """Labels read from a run's folder. saved: see `squeezeseg.evaluation.labelled_frames.saved_predictions`."""

    def predict(frame: Frame, scan: Scan) -> Predicted:
        prediction = saved(frame, scan)
        return Predicted(prediction.labels, prediction.image, prediction.confidence)

    return predict
