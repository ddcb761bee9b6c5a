"""`python -m apps.bench.worker`: one measurement of `squeezeseg bench`, in a process of its own.

So its memory and its start are its own, and PyTorch is only where it is measured. A job comes in on stdin, what was
found goes out on stdout, both JSON.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings
    from squeezeseg.engines import Engine
    from squeezeseg.engines.instruction_set import InstructionSet

Kind = Literal["start", "segment", "eager"]


@dataclass(frozen=True)
class Job:
    """A measurement.

    kind: "start" labels one scan; "segment" measures one scan at a time, then lanes; "eager" the network alone in
    PyTorch. source: of the scans, with the names of its `frames`. seconds: for each measurement. settings: of the
    inference; in JSON as a dictionary. isa: what OpenVINO is kept to, None for all that the processor has; the process
    that does the job needs the environment of `instruction_set.switch`.
    """

    kind: Kind
    source: str
    frames: tuple[str, ...]
    seconds: float
    settings: InferenceSettings
    isa: InstructionSet | None = None

    @classmethod
    def read(cls, text: str) -> Job:
        """The job of `as_json`."""
        from squeezeseg import InferenceSettings

        fields = json.loads(text)
        return cls(**fields | {"frames": tuple(fields["frames"]), "settings": InferenceSettings(**fields["settings"])})

    def as_json(self) -> str:
        """All of it, for another process."""
        return json.dumps(vars(self) | {"settings": self.settings.model_dump()})

    def changed(self, **values: Any) -> Job:
        """The same with other settings of the inference."""
        return replace(self, settings=self.settings.changed(**values))

    def alike(self, other: Job) -> bool:
        """True if both are of one kind, engine, precision and instruction set, be it in different views."""
        mine, theirs = ((job.kind, job.settings.engine, job.settings.precision, job.isa) for job in (self, other))
        return mine == theirs


def work(job: Job) -> dict[str, Any]:
    """Do a job. Raises InputError where the engine can't."""
    from apps.opening import open_selected
    from squeezeseg import Segmenter
    from squeezeseg.engines.base import usable_cores
    from squeezeseg.graphs import load_model
    from squeezeseg.profiling.benchmark import measure, measure_batches, measure_eager, peak_memory

    source = open_selected(Path(job.source), job.settings)
    chosen = [frame for frame in source.frames if frame.name in set(job.frames)]
    first = source.scan(chosen[0])
    if job.kind == "eager":
        return asdict(measure_eager(load_model(job.settings.model), first, source.sensor, job.seconds))
    segmenter = Segmenter.load(settings=job.settings.changed(lanes=1), sensor=source.sensor)
    segmenter(first)
    # Linux has one such clock for all processes.
    found: dict[str, Any] = {"engine": segmenter.engine.name, "labelled_at": time.monotonic()}
    if job.kind == "segment":
        found["threads"] = segmenter.engine.threads
        found["instructions"] = _instructions(segmenter.engine, job.isa)
        scans = [source.scan(frame) for frame in chosen]
        found["latency"] = asdict(measure(segmenter, scans, job.seconds))
        if segmenter.engine.device == "cuda":
            found["batches"] = measure_batches(segmenter, scans, job.seconds)
        lanes = job.settings.lanes or usable_cores()
        del segmenter  # its network and its memory are not the lanes'
        several = Segmenter.load(settings=job.settings.changed(lanes=lanes), sensor=source.sensor)
        found["throughput"] = asdict(measure(several, scans, job.seconds, lanes=lanes))
    found["peak_memory"] = peak_memory()
    return found


def _instructions(engine: Engine, wanted: InstructionSet | None) -> InstructionSet | None:
    """What the engine's kernels are made of, None if it doesn't tell. Raises InputError if it did not obey."""
    from projection import InputError
    from squeezeseg.engines.instruction_set import TellsKernels, exceeds, widest

    ran = widest(engine.kernels) if isinstance(engine, TellsKernels) else None
    if wanted is not None and (ran is None or exceeds(ran, wanted)):
        raise InputError(f"--isa {wanted}: {engine.name} did not obey, it ran {ran or 'what it does not tell'}")
    return ran


def main() -> int:
    """Read a job, do it, say what was found."""
    from data import libraries
    from projection.errors import InputError

    try:
        found = work(Job.read(sys.stdin.read()))
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
