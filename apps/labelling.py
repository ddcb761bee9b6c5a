"""Frames of a recording labelled and written into a run's folder: in lanes of this process, or by workers of Ray."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from apps.frame_files import FrameFiles
from apps.run_folder import RunFolder
from apps.run_tracks import RunTracks
from data.live.spooled import SpooledSource
from data.scan import Scan
from data.sources import Frame, Source
from projection import InputError
from squeezeseg import InferenceSettings, ResultBuffers, Segmentation, Segmenter
from squeezeseg.cluster import pool
from squeezeseg.engines.base import usable_cores
from squeezeseg.objects.boxes import Detection, detect
from squeezeseg.running import lanes as pipeline
from squeezeseg.running.lanes import Outcome

Entry: TypeAlias = dict[str, Any]
"""Of a frame in run.json."""
Times: TypeAlias = dict[str, list[float]]
"""Milliseconds by stage, see `StageClock.take`."""


def label(
    source: Source, own: Segmenter, frame: Frame, buffers: ResultBuffers
) -> tuple[Scan, Segmentation, Sequence[Detection]]:
    """Read and label a frame. Raises InputError where it can't be read."""
    with own.clock("read"):
        scan = source.scan(frame)
    result = own(scan, buffers=buffers)
    with own.clock("boxes"):
        return scan, result, detect(result)


def in_lanes(
    run: RunFolder,
    source: Source,
    segmenter: Segmenter,
    todo: Sequence[Frame],
    lanes: int,
    tracks: RunTracks | None = None,
) -> Generator[Outcome[Frame, Entry], None, None]:
    """Label frames in as many lanes as the segmenter was loaded for, and write them as they come, in their order.

    tracks: numbers the objects, where they are followed.
    """
    with closing(pipeline.run(segmenter, todo, partial(label, source), lanes=lanes)) as outcomes:
        for outcome in outcomes:
            if outcome.result is None:
                yield Outcome(outcome.frame, error=outcome.error)
                continue
            run.begin()
            scan, result, objects = outcome.result
            if tracks is not None:
                with segmenter.clock("track"):
                    result, objects = tracks.follow(outcome.frame, scan, result, objects)
            with segmenter.clock("write"):
                entry = run.files.write(outcome.frame, scan, result, objects)
            yield Outcome(outcome.frame, entry)


def on_ray(
    run: RunFolder, source: Source, segmenter: Segmenter, todo: Sequence[Frame], workers: int
) -> Generator[Outcome[Frame, Entry], None, None]:
    """Have workers of a session with Ray label frames and write them. segmenter: what theirs are like."""
    run.begin()
    labelling = Labelling(source, worker_settings(segmenter), run.files)
    with closing(pool.run(labelling, todo, workers=workers)) as outcomes:
        for outcome in outcomes:
            if outcome.result is None:
                yield Outcome(outcome.frame, error=outcome.error)
                continue
            entry, times = outcome.result
            segmenter.clock.add(times)
            yield Outcome(outcome.frame, entry)


@dataclass(frozen=True)
class Labelling:
    """What a worker does: it labels frames, writes their files and gives their entries."""

    source: Source
    settings: InferenceSettings
    files: FrameFiles

    def __call__(self) -> Callable[[Frame], tuple[Entry, Times]]:
        """Load the network."""
        own, buffers = Segmenter.load(settings=self.settings, sensor=self.source.sensor), ResultBuffers()

        def work(frame: Frame) -> tuple[Entry, Times]:
            labelled = label(self.source, own, frame, buffers)
            try:
                with own.clock("write"):
                    entry = self.files.write(frame, *labelled)
            except InputError as error:  # which is no fault of the frame
                raise pool.WorkerError(str(error)) from None
            return entry, own.clock.take()

        return work


def worker_settings(segmenter: Segmenter) -> InferenceSettings:
    """Settings by which each worker labels as `segmenter` does, with one thread, wherever it is."""
    # What 'auto' chose is told by the engine alone; another machine might choose differently.
    engine, precision = segmenter.engine.loads
    return segmenter.settings.changed(engine=engine, precision=precision, lanes=usable_cores())


def check_for_ray(source: Source, segmenter: Segmenter) -> None:
    """Raise InputError where workers of Ray can't label a source as a segmenter does."""
    if isinstance(source, SpooledSource):
        raise InputError(f"{source.path}: captures and bags are decoded by one machine; leave out --ray")
    if segmenter.engine.device == "cuda":
        raise InputError("--ray: workers run on processors; add --engine openvino")
