"""Streets that never repeat: samples that other processes simulate while a network is trained."""

from __future__ import annotations

import hashlib
import json
import math
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self

from data.simulator import VERSION
from projection import InputError
from squeezeseg.training.ring import Ring
from squeezeseg.training.samples import SampleStore, Turn
from squeezeseg.training.street_worker import SCANS, SENSOR, StreetJob, simulated_street, work

_PAUSE = 0.01
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class StreetPlan:
    """Which scans a step draws its samples from: `kept` of them, of which a step replaces `batch` / `uses`.

    So each scan is used `uses` times on average, and which ones a step sees depends on its number alone.
    """

    kept: int
    uses: float
    batch: int
    steps: int

    def window(self, step: int) -> range:
        """The numbers of the scans that a step draws from."""
        first = math.floor(min(step, self.steps) * self.batch / self.uses)
        return range(first, first + self.kept)


class FreshStreets:
    """Samples of simulated streets, each seen a few times and never again.

    Scans are numbered from 0 and depend on the seed and their number. They lie in a ring of files, which a run that
    is gone on with finds again, so that little is simulated twice. Processes that simulate start with the first `at`
    and end with `close`, or with this process, however it ends.

    waited: seconds that `at` waited for scans, but for those at the start.
    """

    def __init__(
        self,
        folder: Path,
        plan: StreetPlan,
        seed: int,
        *,
        offset: int = 0,
        map_name: str = "default",
        workers: int = 1,
        street: Callable[[int, int, str], Sequence[Turn]] = simulated_street,
    ) -> None:
        """Plan the streets; nothing is simulated yet.

        Args:
            folder: of the ring.
            plan: which scans a step sees.
            seed: of the drive.
            offset: scans of that drive that are left out at its start, a multiple of 2.
            map_name: class map of the labels.
            workers: processes that simulate; they change nothing but the time it takes.
            street: makes the turns of a street.
        """
        if plan.kept < SCANS or offset % SCANS:
            raise InputError(f"fresh streets: keep {SCANS} scans or more, and leave out a multiple of {SCANS}")
        self.plan, self.waited = plan, 0.0
        made_of = {"version": VERSION, "seed": seed, "offset": offset, "classes": map_name}
        self.fingerprint = hashlib.sha256(json.dumps({**made_of, "kept": plan.kept}).encode()).hexdigest()
        # Room for a quarter more, and for a street that each worker holds in hand.
        slots = SCANS * (math.ceil(1.25 * plan.kept / SCANS) + 2)
        self._ring = Ring.make(folder, slots, SENSOR.shape[0], made_of)
        stop = plan.window(plan.steps).stop
        self._job = StreetJob(folder, slots, seed, offset, 0, stop, map_name, 0, workers, street)
        self._processes: list[tuple[BaseProcess, Connection]] = []

    def __len__(self) -> int:
        return self._job.stop

    def at(self, step: int, progress: Callable[[int], None] | None = None) -> SampleStore:
        """The scans that a step draws from; waits until they are simulated.

        progress: called meanwhile with the number of scans that there are.

        Raises:
            InputError: a process that simulates has failed.
        """
        window = self.plan.window(step)
        starts = not self._processes or window.start < self._ring.needed
        if starts:
            self._start(window)
        self._ring.need(window.start)
        before = time.monotonic()
        while not (there := self._ring.holds(window)).all():
            if progress is not None:
                progress(int(there.sum()))
            self._check()
            time.sleep(_PAUSE)
        if not starts:
            self.waited += time.monotonic() - before
        return self._ring.store(window, self.fingerprint)

    def close(self) -> None:
        """End the processes. What they have made stays."""
        for process, errors in self._processes:
            process.kill()
            process.join()
            errors.close()
        self._processes = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, window: range) -> None:
        self.close()
        self._ring.need(window.start)
        context = get_context("spawn")
        with _inherited():
            for worker in range(self._job.workers):
                job = replace(self._job, start=window.start, worker=worker)
                errors, sender = context.Pipe(duplex=False)
                process = context.Process(target=work, args=(job, sender), daemon=True)
                process.start()
                sender.close()
                self._processes.append((process, errors))

    def _check(self) -> None:
        """Raise if a process has failed."""
        for process, errors in self._processes:
            reason = _received(errors)
            if reason is None and process.exitcode not in (None, 0):
                reason = "a process was killed, memory may be short; go on by --resume"
            if reason is not None:
                raise InputError(f"simulating streets: {reason}")


def _received(errors: Connection) -> str | None:
    """What a process says that it failed of, None if it says nothing."""
    try:
        return str(errors.recv()) if errors.poll() else None
    except EOFError:  # it has ended
        return None


@contextmanager
def _inherited() -> Iterator[None]:
    """What processes that start in this block inherit: Ctrl-C isn't heard, and libraries have one thread.

    Ctrl-C reaches all processes of a terminal, and the training, which ends in order, ends them.
    """
    resource_tracker.ensure_running()  # which unblocks Ctrl-C when it starts
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
