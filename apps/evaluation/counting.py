"""The counts of a frame that `squeezeseg eval` sums up, made in this process or by workers of Ray."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from apps.labelling import Times, check_for_ray, worker_settings
from data.labels import IGNORE, ClassMap, class_map
from data.sources import Frame, Source
from squeezeseg import InferenceSettings, ResultBuffers, Segmentation, Segmenter
from squeezeseg.cluster import pool
from squeezeseg.evaluation.labelled_frames import LabelledFrame, read_labelled
from squeezeseg.evaluation.study import Per, Study
from squeezeseg.running.lanes import Outcome


@dataclass(frozen=True, eq=False)
class Counted:
    """What is counted of a labelled frame.

    studies: of this frame alone, one for each kind of labels. unknown: labels that the class map doesn't know.
    labelled: points that can be scored.
    """

    studies: tuple[Study, ...]
    unknown: Mapping[str, int]
    labelled: int


Truth = tuple[LabelledFrame, NDArray[np.int32] | None]
"""A frame with its truth, and the numbers of the true objects, see `Study.add`."""


def read_truth(source: Source, frame: Frame, classes: ClassMap) -> Truth | None:
    """A frame's, None where it has none. Raises InputError where it can't be read."""
    item = read_labelled(source, frame, classes)
    return None if item is None else (item, source.objects(frame, item.scan, classes))


def count(
    item: LabelledFrame,
    objects: NDArray[np.int32] | None,
    labels: tuple[Segmentation, ...],
    *,
    per: Per,
    recording: str,
) -> Counted:
    """Count a frame. objects: the numbers of the true ones, see `Study.add`. labels: each kind of them."""
    studies = tuple(Study(per=per) for _ in labels)
    for study, one in zip(studies, labels, strict=True):
        study.add(item, one, recording=recording, objects=objects)
    return Counted(studies, item.unknown, int(np.count_nonzero(item.truth != IGNORE)))


def counted_on_ray(
    source: Source, segmenter: Segmenter, classes: str, per: Per, address: str, workers: int | None
) -> Generator[tuple[Frame, Callable[[], Counted | None]], None, None]:
    """Frames in their order, each with what gives its counts or raises its error; counted by workers of Ray."""
    check_for_ray(source, segmenter)
    scoring = Scoring(source, worker_settings(segmenter), classes, per)

    def counts(outcome: Outcome[Frame, tuple[Counted | None, Times]]) -> Counted | None:
        if outcome.result is None:
            assert outcome.error is not None
            raise outcome.error
        counted, times = outcome.result
        segmenter.clock.add(times)
        return counted

    with closing(pool.run_in_session(address, scoring, source.frames, workers)) as outcomes:
        for outcome in outcomes:
            yield outcome.frame, partial(counts, outcome)


@dataclass(frozen=True)
class Scoring:
    """What a worker does: it labels frames, and counts what is right."""

    source: Source
    settings: InferenceSettings
    classes: str
    per: Per

    def __call__(self) -> Callable[[Frame], tuple[Counted | None, Times]]:
        """Load the network."""
        own, buffers = Segmenter.load(settings=self.settings, sensor=self.source.sensor), ResultBuffers()
        chosen = class_map(self.classes)

        def work(frame: Frame) -> tuple[Counted | None, Times]:
            truth = read_truth(self.source, frame, chosen)
            if truth is None:
                return None, {}
            result = own(truth[0].scan, buffers=buffers)
            counted = count(*truth, (result,), per=self.per, recording=self.source.recording(frame))
            return counted, own.clock.take()

        return work
