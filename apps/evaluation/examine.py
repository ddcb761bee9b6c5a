"""The scores of `squeezeseg eval` and `demo`: of a segmenter's labels, or of those in a run's folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from apps import console
from apps.evaluation.tables import listed_labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from apps.evaluation.counting import Counted, Truth
    from data.scan import Scan
    from data.sources import Frame, Source
    from squeezeseg import ResultBuffers, Segmentation, Segmenter
    from squeezeseg.evaluation.labelled_frames import LabelledFrame
    from squeezeseg.evaluation.study import Per, Study

    Scored = tuple[LabelledFrame, NDArray[np.int32] | None, tuple[Segmentation, ...]]
    """A frame with its truth, the numbers of the true objects, and its labels: those without the CRF after those with
    it where the two are compared."""

Read = TypeVar("Read")

TOLD = 5
"""Warnings about frames that can't be read; of more only the number is told."""


@dataclass(frozen=True, eq=False)
class Examined:
    """A source's scores.

    result: as JSON has it. study: where it comes from. predict: labels a frame once more.
    without_crf: what it would be without the CRF, where that was asked for.
    """

    source: Source
    study: Study
    result: dict[str, Any]
    predict: Callable[[Frame, Scan], Segmentation]
    without_crf: Study | None = None

    def again(self, name: str) -> tuple[LabelledFrame, Segmentation]:
        """One of the frames that were scored, read anew."""
        from data.labels import class_map
        from squeezeseg.evaluation.labelled_frames import LabelledFrame

        frame = next(frame for frame in self.source.frames if frame.name == name)
        scan = self.source.scan(frame)
        truth = self.source.truth(frame, scan, class_map(self.result["class_map"]))
        assert truth is not None
        return LabelledFrame(frame, scan, truth), self.predict(frame, scan)


def examine(
    source: Source,
    segmenter: Segmenter,
    *,
    class_map: str = "default",
    strict: bool = False,
    per: Per = "point",
    lanes: int = 1,
    recording: Callable[[Frame], str] | None = None,
    compare_crf: bool = False,
    progress: Callable[[int], None] | None = None,
    ray: str | None = None,
    workers: int | None = None,
) -> Examined:
    """Segment the labelled frames and score that, in as many lanes as the segmenter was loaded for.

    Frames are read and segmented in lanes, and scored in their order: the scores don't depend on the lanes.

    ray: the address of a cluster whose workers do it instead, `workers` of them, or one a core. They take recordings
        as the source has them, and compare nothing.

    recording: the one that a frame is from. Default: as the source has it.
    compare_crf: whether to score the labels without the CRF as well.
    progress: told after each frame how many are done. Default: a bar of its own.
    """
    from apps.evaluation.counting import count, counted_on_ray, read_truth
    from data.labels import class_map as named
    from squeezeseg.running import lanes as pipeline

    chosen = named(class_map)

    def label(own: Segmenter, frame: Frame, buffers: ResultBuffers) -> Scored | None:
        truth = read_truth(source, frame, chosen)
        if truth is None:
            return None
        scan = truth[0].scan
        return *truth, own.compare_crf(scan) if compare_crf else (own(scan, buffers=buffers),)

    def counted(outcome: pipeline.Outcome[Frame, Scored | None]) -> Counted | None:
        if outcome.error is not None:
            raise outcome.error
        if outcome.result is None:
            return None
        return count(*outcome.result, per=per, recording=(recording or source.recording)(outcome.frame))

    with ExitStack() as stack:
        frames: Iterable[tuple[Frame, Callable[[], Counted | None]]]
        if ray is not None:
            counts = counted_on_ray(source, segmenter, class_map, per, ray, workers)
            frames = stack.enter_context(closing(counts))
        else:
            outcomes = pipeline.run(segmenter, source.frames, label, lanes=lanes)
            stack.enter_context(closing(outcomes))
            frames = ((outcome.frame, partial(counted, outcome)) for outcome in outcomes)
        told = progress or stack.enter_context(console.progress("scoring", len(source)))
        studies, result = _score(source, frames, lambda one: one, class_map, strict, per, told)
    card = segmenter.card
    result |= {
        "view": [segmenter.sensor.azimuth_left, segmenter.sensor.azimuth_right],
        "weights": {"file": card.file, "model": card.model, "checksum": card.checksum},
        "engine": segmenter.engine.name,
        "settings": {
            "crf": segmenter.crf is not None,
            "neighbours": segmenter.settings.neighbours,
            "objects": segmenter.classifier is not None,
            "unknown_below": segmenter.settings.unknown_below,
        },
        "stages_ms": segmenter.clock.summary(warm_up=lanes),
    }
    return Examined(source, studies[0], result, lambda _, scan: segmenter(scan), *studies[1:])


def examine_saved(
    source: Source, run: Path, *, class_map: str = "default", strict: bool = False, per: Per = "point"
) -> Examined:
    """Score labels that were saved, see `saved_run`. Raises InputError where one is missing."""
    from apps.evaluation.counting import count, read_truth
    from apps.saved_run import saved_run
    from data.labels import class_map as named

    sensor, made, predict = saved_run(source, run)
    settings = made["settings"]
    chosen = named(class_map)

    def counted(truth: Truth) -> Counted:
        frame, scan = truth[0].frame, truth[0].scan
        return count(*truth, (predict(frame, scan),), per=per, recording=source.recording(frame))

    frames = ((frame, partial(read_truth, source, frame, chosen)) for frame in source.frames)
    with console.progress("scoring", len(source)) as progress:
        (study,), result = _score(source, frames, counted, class_map, strict, per, progress)
    result |= {
        "view": [sensor.azimuth_left, sensor.azimuth_right],
        **{key: settings[key] for key in ("weights", "engine")},
        "settings": {key: settings[key] for key in ("neighbours", "objects", "unknown_below")}
        | {"crf": settings["crf"] is not None},
        "stages_ms": made.get("speed", {}).get("stages_ms"),
        "predictions": str(run),
    }
    return Examined(source, study, result, predict)


def _score(
    source: Source,
    frames: Iterable[tuple[Frame, Callable[[], Read | None]]],
    counted: Callable[[Read], Counted],
    class_map: str,
    strict: bool,
    per: Per,
    progress: Callable[[int], None],
) -> tuple[list[Study], dict[str, Any]]:
    """Score frames, see `with_labels`, in their order: a study for each kind of labels, and the result of the first.

    counted: counts of what was read of a frame. An error here is raised; a frame that can't be read is left out.
    """
    from projection import InputError
    from squeezeseg.evaluation.labelled_frames import with_labels
    from squeezeseg.evaluation.study import Study

    failed: list[str] = []

    def skip(_: Frame, error: ValueError) -> None:
        if len(failed) < TOLD:
            console.warn(f"{error} (skipped)")
        failed.append(str(error))

    studies = [Study(per=per)]
    unknown: Counter[str] = Counter()
    labelled = 0
    for read in with_labels(source, frames, failed=None if strict else skip, progress=progress):
        counts = counted(read)
        unknown.update(counts.unknown)
        labelled += counts.labelled
        studies += [Study(per=per) for _ in counts.studies[len(studies) :]]
        for study, one in zip(studies, counts.studies, strict=True):
            study.merge(one)
    if not labelled:
        number = console.count(len(studies[0].frames), "labelled frame")
        why = f"only labels that are not known: {listed_labels(unknown)}" if unknown else "only 0, unlabelled"
        raise InputError(f"{source.path}: no point of its {number} can be scored ({why}); use other labels")
    scores = studies[0].as_dict()
    if not any(scores["truth_points"].values()):
        names = ", ".join(scores["truth_points"])
        console.warn(f"{source.path}: no labelled frame has a point of {names}, so there is no IoU")
    if len(failed) > TOLD:
        console.warn(f"{len(failed) - TOLD} more frames can't be read (skipped); --json names all")
    about = {"source": str(source.path), "class_map": class_map, "failed": failed, "unknown_labels": dict(unknown)}
    return studies, scores | about
