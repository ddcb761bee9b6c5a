"""The measurements of `squeezeseg bench` and their order, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from squeezeseg.engines.instruction_set import InstructionSet, switch

if TYPE_CHECKING:
    from apps.bench.worker import Job
    from squeezeseg.profiling.benchmark import Run

WORKER = ["-m", "apps.bench.worker"]


@dataclass
class Measured:
    """The findings of one engine, precision and view, in all rounds together.

    start_up: seconds from the start of a process to its first labels, by round. fps: of the lanes, by round.
    batches: scans per second by how many go to a GPU at once, of the last round; empty without one.
    instructions: of the engine's kernels, None where it doesn't tell.
    """

    job: Job
    engine: str = ""
    threads: int = 0
    latency: Run | None = None
    throughput: Run | None = None
    start_up: list[float] = field(default_factory=list)
    fps: list[float] = field(default_factory=list)
    peak_memory: int = 0
    batches: dict[str, float] = field(default_factory=dict)
    instructions: str | None = None

    def add(self, found: Mapping[str, Any]) -> None:
        """Another round."""
        from squeezeseg.profiling.benchmark import Run

        self.engine, self.threads = found["engine"], found["threads"]
        latency, throughput = Run(**found["latency"]), Run(**found["throughput"])
        self.latency = latency if self.latency is None else self.latency + latency
        self.throughput = throughput if self.throughput is None else self.throughput + throughput
        self.fps.append(throughput.fps)
        self.start_up.append(found["start_up"])
        self.batches, self.instructions = found.get("batches", {}), found.get("instructions")
        self.peak_memory = max(self.peak_memory, found["peak_memory"])


@dataclass
class Findings:
    """All that was measured. eager: by memory format, a run each time. left_out: jobs that can't be done, and why."""

    measured: list[Measured]
    eager: dict[str, list[Run]] = field(default_factory=dict)
    eager_shape: tuple[int, ...] = ()
    eager_threads: int = 0
    left_out: list[tuple[Job, str]] = field(default_factory=list)

    def leave_out(self, job: Job, reason: str) -> None:
        """Note that the job's engine can't do it, in no view."""
        if (job, reason) not in self.left_out:  # the comparison is tried again and again
            self.left_out.append((job, reason))
        self.measured = [one for one in self.measured if not one.job.alike(job)]


def measure_all(jobs: Sequence[Job], eager: Job | None, rounds: int, progress: Callable[[int], None]) -> Findings:
    """Do the jobs, in every second round from the last to the first, and the comparison before, between and after.

    So a processor that slows down as it gets warm, or a neighbour who comes and goes, does not favour one of them.

    eager: the comparison, None for none.
    """
    from squeezeseg.profiling.benchmark import Run

    findings = Findings([Measured(job) for job in jobs])
    done = 0

    def compare() -> None:
        nonlocal done
        if eager is None:
            return
        found = do(eager)
        if "error" in found:
            findings.leave_out(eager, found["error"])
        else:
            for layout, run in found["runs"].items():
                findings.eager.setdefault(layout, []).append(Run(**run))
            findings.eager_shape, findings.eager_threads = tuple(found["shape"]), found["threads"]
        progress(done := done + 1)

    compare()
    for number in range(rounds):
        for one in findings.measured[:: -1 if number % 2 else 1]:
            if one in findings.measured:
                found = do(one.job, switch(one.job.isa)) if one.job.isa else do(one.job)
                if "error" in found:
                    findings.leave_out(one.job, found["error"])
                else:
                    one.add(found)
            progress(done := done + 1)
        compare()
    return findings


def steps(jobs: int, rounds: int, *, compared: bool) -> int:
    """The number of processes that `measure_all` starts at most. compared: with PyTorch."""
    return jobs * rounds + (rounds + 1) * compared


def do(job: Job, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Do a job in another process. Returns what it found, or {"error": why it couldn't}."""
    begun = time.monotonic()
    process = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *WORKER],
        input=job.as_json(),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    lines = process.stdout.splitlines()
    if process.returncode or not lines:
        last = (process.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return {"error": f"the process ended with {process.returncode}: {last}"}
    found: dict[str, Any] = json.loads(lines[-1])
    if "labelled_at" in found:
        found["start_up"] = found["labelled_at"] - begun
    return found


def empty_caches(folder: Path) -> dict[str, str]:
    """Environment of a process that finds nothing compiled: neither our kernels nor an engine's graphs."""
    return {"NUMBA_CACHE_DIR": str(folder / "kernels"), "XDG_CACHE_HOME": str(folder / "graphs")}


def combinations(
    job: Job, views: Sequence[str], engines: Sequence[tuple[str, str]], isas: Sequence[InstructionSet | None]
) -> list[Job]:
    """The job in every view, with every engine and precision, kept to every instruction set."""
    return [
        replace(job.changed(view=view, engine=engine, precision=precision), isa=isa)
        for view in views
        for engine, precision in engines
        for isa in isas
    ]
