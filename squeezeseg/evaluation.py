"""Scoring: the frames of a source that have ground truth, against what is predicted for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.formats.label import read_labels
from data.labels import ClassMap
from data.scan import Scan
from data.sources import Frame, Source
from projection import InputError
from squeezeseg.metrics import Evaluation

Predict = Callable[[Frame, Scan], NDArray[np.uint8]]
"""Gives a frame's points their labels (N,), IGNORE where there is none."""

LABELS = (
    "tracklet_labels.xml (KITTI raw), label_2/*.txt (KITTI object), labels/*.label (SemanticKITTI), "
    "SqueezeSeg's range images"
)


def evaluate(
    source: Source,
    predict: Predict,
    class_map: ClassMap,
    *,
    failed: Callable[[Frame, InputError], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Score `predict` on every labelled frame of `source`.

    failed: told of each scan that can't be read and is passed over; without it, the first one raises.
    progress: told after each frame how many are done.

    Raises:
        InputError: no frame has labels, or a frame's labels or prediction can't be used.
    """
    nothing = f"{source.path}: no labels to score against in {len(source)} frames; looked for {LABELS}"
    if not source.labelled:
        raise InputError(nothing)
    evaluation = Evaluation()
    failures: list[InputError] = []
    for done, frame in enumerate(source.frames, start=1):
        try:
            scan = source.scan(frame)
        except InputError as error:
            if failed is None or len(source) == 1:
                raise
            failures.append(error)
            failed(frame, error)
            continue
        truth = source.truth(frame, scan, class_map)
        if truth is not None:
            evaluation.add(truth, predict(frame, scan), _distance(scan.points))
        if progress is not None:
            progress(done)
    if not evaluation.frames:
        raise InputError(
            f"{source.path}: no labelled scan can be read; the first: {failures[0]}" if failures else nothing
        )
    return evaluation


def _distance(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """points (N, 4) -> (N,) metres from the sensor."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.linalg.norm(points[:, :3].astype(np.float64), axis=1))


def saved_labels(folder: Path) -> Predict:
    """The labels that `squeezeseg segment` wrote into `folder`, a file per frame's name.

    Raises InputError, when a frame is asked for, if its file is missing or of another length than its scan.
    """

    def read(frame: Frame, scan: Scan) -> NDArray[np.uint8]:
        path = folder / f"{frame.name}.label"
        if not path.is_file():
            raise InputError(f"{path}: no prediction for this frame; run 'squeezeseg segment' on the same frames")
        return read_labels(path, len(scan))

    return read
