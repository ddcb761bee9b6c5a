"""`python -m apps.bench.worker`: one measurement of `squeezeseg bench`, in a process of its own.

So its memory and its start are its own, and PyTorch is only where it is measured. A job comes in on stdin, what was
found goes out on stdout, both JSON.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from data.sources import Source
    from projection import View
    from squeezeseg import Segmenter
    from squeezeseg.engines import EngineName, Precision

Kind = Literal["start", "segment", "eager"]


@dataclass(frozen=True)
class Job:
    """What to measure.

    kind: "start" labels one scan; "segment" measures one scan at a time, then lanes; "eager" the network alone in
    PyTorch. source: of the scans, with the numbers of its `frames`. seconds: for each measurement.
    """

    kind: Kind
    source: str
    frames: tuple[str, ...]
    model: str
    view: str
    engine: str
    precision: str
    lanes: int
    seconds: float
    sensor: str | None = None
    height: float | None = None

    def alike(self, other: Job) -> bool:
        """Whether both are of one kind, engine and precision, be it in different views."""
        return (self.kind, self.engine, self.precision) == (other.kind, other.engine, other.precision)


def work(job: Job) -> dict[str, Any]:
    """Do a job. Raises InputError where the engine can't."""
    from apps.opening import open_selected
    from squeezeseg.graphs import load_model
    from squeezeseg.profiling.benchmark import measure, measure_batches, measure_eager, peak_memory

    source = open_selected(Path(job.source), sensor=job.sensor, height=job.height, frames=None, every=1, split=None)
    chosen = [frame for frame in source.frames if frame.name in set(job.frames)]
    first = source.scan(chosen[0])
    if job.kind == "eager":
        return asdict(measure_eager(load_model(job.model), first, source.sensor, job.seconds))
    segmenter = _load(job, source, lanes=1)
    segmenter(first)
    # Linux has one such clock for all processes.
    found: dict[str, Any] = {"engine": segmenter.engine.name, "labelled_at": time.monotonic()}
    if job.kind == "segment":
        found["threads"] = segmenter.engine.threads
        scans = [source.scan(frame) for frame in chosen]
        found["latency"] = asdict(measure(segmenter, scans, job.seconds))
        found["throughput"] = asdict(measure(_load(job, source, lanes=job.lanes), scans, job.seconds, lanes=job.lanes))
        if segmenter.engine.device == "cuda":
            found["batches"] = measure_batches(segmenter, scans, job.seconds)
    found["peak_memory"] = peak_memory()
    return found


def _load(job: Job, source: Source, lanes: int) -> Segmenter:
    from squeezeseg import Segmenter

    return Segmenter.load(
        job.model,
        sensor=source.sensor,
        view=cast("View", job.view),
        engine=cast("EngineName", job.engine),
        precision=cast("Precision", job.precision),
        lanes=lanes,
    )


def main() -> int:
    """Read a job, do it, say what was found."""
    from data import libraries
    from projection.errors import InputError

    fields = json.load(sys.stdin)
    try:
        found = work(Job(**fields))
    except InputError as error:
        found = {"error": str(error)}
    except ImportError as error:
        if not (reason := libraries.explain(error)):
            raise
        found = {"error": reason}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
