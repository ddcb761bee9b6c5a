"""Scores of a segmenter on a recording with ground truth."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Unpack

from data.labels import class_map as named
from data.sources import Frame, Source
from projection import InputError
from squeezeseg.evaluation.labelled_frames import evaluate as score
from squeezeseg.evaluation.metrics import Evaluation
from squeezeseg.inference.result_buffers import ResultBuffers
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.inference.settings import Given
from squeezeseg.recordings import open_source

_log = logging.getLogger(__name__)


def evaluate(
    source: Source | str | Path,
    segmenter: Segmenter | None = None,
    *,
    model: str | Path | None = None,
    class_map: str = "default",
    strict: bool = False,
    progress: Callable[[int], None] | None = None,
    **given: Unpack[Given],
) -> Evaluation:
    """Segment the labelled frames of a source, and score the labels of their points.

    The scores are those of `squeezeseg eval`, which tells more: intervals, objects, borders, the worst frames.

    Args:
        source: with ground truth, or the path of one.
        segmenter: to score. Default: one for the source's sensor, of the two following.
        model: its weights, by name or as a file.
        **given: its other settings, by the names of `InferenceSettings`.
        class_map: 'default' or 'squeezeseg': which objects of the ground truth count as what.
        strict: raise for a frame that can't be read. Default: leave it out, with a warning.
        progress: told after each frame how many are done.

    Raises:
        InputError: no frame has labels, or none can be read.

    Example:
        >>> evaluation = evaluate("street", view="front")
        >>> evaluation.iou["car"], evaluation.mean_iou
    """
    if not isinstance(source, Source):
        source = open_source(source)
    if segmenter is None:
        segmenter = Segmenter.load(model, sensor=source.sensor, **given)
    elif model is not None or given:
        raise InputError(f"{', '.join(['model'] * (model is not None) + [*given])}: give a segmenter or its settings")
    own, buffers = segmenter, ResultBuffers()

    def left_out(_: Frame, error: InputError) -> None:
        _log.warning("%s (left out)", error)

    return score(
        source,
        lambda _, scan: own(scan, buffers=buffers).labels,
        named(class_map),
        failed=None if strict else left_out,
        progress=progress,
    )
