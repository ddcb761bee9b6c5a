"""Frames of a source that have ground truth, and labels to score against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data.labels import ClassMap
from data.scan import Scan
from data.sources import Frame, Source
from projection import InputError
from squeezeseg.evaluation.metrics import Evaluation

Predict = Callable[[Frame, Scan], NDArray[np.uint8]]
"""Gives a frame's points their labels (N,), IGNORE where there is none."""

Failed = Callable[[Frame, InputError], None]
"""Is told of a frame that can't be read and is passed over."""
R = TypeVar("R")

LABELS = (
    "tracklet_labels.xml (KITTI raw), label_2/*.txt (KITTI object), labels/*.label (SemanticKITTI), "
    "SqueezeSeg's range images"
)


@dataclass(frozen=True, eq=False)
class LabelledFrame:
    """A scan with its ground truth (N,), IGNORE where it is not scored.

    unknown: labels that the class map doesn't know, with the number of their boxes or points.
    """

    frame: Frame
    scan: Scan
    truth: NDArray[np.uint8]
    unknown: Mapping[str, int] = field(default_factory=dict)


def read_labelled(source: Source, frame: Frame, class_map: ClassMap) -> LabelledFrame | None:
    """A frame with its ground truth, None where it has none. Raises InputError where it can't be read."""
    scan = source.scan(frame)
    truth = source.truth(frame, scan, class_map)
    if truth is None:
        return None
    return LabelledFrame(frame, scan, truth, source.unknown_labels(frame, scan, class_map))


def labelled_frames(
    source: Source,
    class_map: ClassMap,
    *,
    failed: Failed | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[LabelledFrame]:
    """The labelled frames of `source`, one after the other; see `with_labels`."""
    return with_labels(
        source, ((frame, partial(read_labelled, source, frame, class_map)) for frame in source.frames),
        failed=failed, progress=progress,
    )  # fmt: skip


def with_labels(
    source: Source,
    frames: Iterable[tuple[Frame, Callable[[], R | None]]],
    *,
    failed: Failed | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[R]:
    """Go through outcomes of the labelled frames of `source`, in their order.

    frames: all of them, each with a function that gives what there is of it, or None where it has no labels; an
        InputError says that it can't be read.
    failed: told of each frame that can't be read and is passed over; without it, the first one raises. If two frames in
        succession fail for the same reason, it is all frames' and raises.
    progress: told after each frame how many are done.

    Raises:
        InputError: no frame has labels, or none can be read.
    """
    nothing = f"{source.path}: no labels to score against in {len(source)} frames; looked for {LABELS}"
    if not source.labelled:
        raise InputError(_predictions(source) or nothing)
    found = 0
    failures: list[InputError] = []
    untold: tuple[Frame, InputError] | None = None
    for done, (frame, read) in enumerate(frames, start=1):
        item, unread = None, None
        try:
            item = read()
        except InputError as error:
            unread = error
        if unread is not None and (
            failed is None or len(source) == 1 or (untold and _reason(untold[1]) == _reason(unread))
        ):
            raise unread
        if untold is not None and failed is not None:
            failed(*untold)
        untold = None
        if unread is not None:
            failures.append(unread)
            untold = frame, unread
        if item is not None:
            found += 1
            yield item
        if progress is not None:
            progress(done)
    if untold is not None and failed is not None:
        failed(*untold)
    if not found:
        raise InputError(
            f"{source.path}: no labelled scan can be read; the first: {failures[0]}" if failures else nothing
        )


def _predictions(source: Source) -> str:
    """What to say of a source whose files hold labels that we wrote; nothing of another."""
    try:
        if not source.frames or source.saved_labels(source.frames[0]) is None:
            return ""
    except InputError:
        return ""
    return f"{source.path}: holds predictions, no ground truth; score the recording with --predictions {source.path}"


def _reason(error: InputError) -> str:
    """The error as it was first said, before its file was named."""
    first: BaseException = error
    while first.__cause__ is not None:
        first = first.__cause__
    return str(first)


def evaluate(
    source: Source,
    predict: Predict,
    class_map: ClassMap,
    *,
    failed: Failed | None = None,
    progress: Callable[[int], None] | None = None,
) -> Evaluation:
    """Score `predict` on every labelled frame of `source`: see `labelled_frames`, whose arguments these are.

    Raises:
        InputError: no frame has labels, or a frame's labels or prediction can't be used.
    """
    evaluation = Evaluation()
    for item in labelled_frames(source, class_map, failed=failed, progress=progress):
        evaluation.add(item.truth, predict(item.frame, item.scan), point_distance(item.scan.points))
    return evaluation


def point_distance(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """points (N, 4) -> (N,) metres from the sensor."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.linalg.norm(points[:, :3].astype(np.float64), axis=1))
