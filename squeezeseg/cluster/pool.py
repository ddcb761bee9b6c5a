"""Items worked on by the workers of a Ray cluster: `running.lanes`, on many machines.

The items are a dataset of Ray Data, whose blocks go to a pool of actors; each is a process with one core, and prepares
itself once. A worker that ends takes nothing with it: its blocks go to others, and those that fail again are repeated
item by item, so that an item that ends every worker is known by itself.
"""

from __future__ import annotations

import logging
import os
import pickle
import traceback
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from projection import InputError
from squeezeseg.cluster.session import session
from squeezeseg.engines.base import EngineError, usable_cores
from squeezeseg.running.lanes import Outcome, attempt

F = TypeVar("F")
R = TypeVar("R")
Prepare = Callable[[], Callable[[F], R]]
"""Makes a worker ready and gives what works on an item. Sent to the workers: it must be picklable."""

BLOCKS = 8
"""Blocks for each worker, at least: its last one is an eighth of its work, for which the others may have to wait.
More of them cost more, for each is a task of Ray's."""
LARGEST = 16
"""Items of a block, which are told of together."""
TRIES = 2
"""Workers that an item may end in each of two rounds, the second one item by item."""
PACKAGES = ("projection", "crf", "data", "squeezeseg")
"""Whose warnings are passed on."""

_log = logging.getLogger(__name__)


class WorkerError(EngineError):
    """A worker can do nothing, whatever the item is, as one whose engine fails: it ends the run."""


@dataclass(frozen=True)
class _Told(Generic[R]):
    """What a worker tells of an item.

    errors: why it has no result, the error and its causes. fault: why the worker can do nothing, which ends the run.
    warnings: that were logged meanwhile.
    """

    result: R | None = None
    errors: tuple[str, ...] = ()
    fault: str | None = None
    warnings: tuple[str, ...] = ()


def run(prepare: Prepare[F, R], items: Sequence[F], *, workers: int) -> Generator[Outcome[F, R], None, None]:
    """Work on items with `workers` workers, in a `session`, and give their outcomes as they come, in no order.

    prepare: called once in each worker. An InputError of the function that it gives is the item's, unless it is an
        EngineError, as WorkerErrors are.

    Yields:
        One outcome an item. One that ends each worker that takes it has an error as well. Warnings that workers log
        are logged here, each once.

    Raises:
        WorkerError: workers can't be prepared or started, or can't go on.
        RuntimeError: a worker raised another exception.

    Example:
        >>> with session("local", cpus=2) as cores:
        ...     for outcome in run(Labelling(source, settings), source.frames, workers=cores):
        ...         print(outcome.frame.name, outcome.error or outcome.result)
    """
    left = dict(enumerate(items))
    said = set[str]()
    for size in (min(max(len(left) // (BLOCKS * workers), 1), LARGEST), 1):
        with closing(_round(prepare, left, size, workers)) as told_of:
            for position, told in told_of:
                if position not in left:
                    continue
                item = left.pop(position)
                _pass_on(told, item, said)
                yield Outcome(item, told.result, _chained(told.errors))
        if not left:
            return
    for item in left.values():
        what = getattr(item, "path", item)
        yield Outcome(
            item, error=InputError(f"{what}: {2 * TRIES} workers ended while they were at it; memory may be short")
        )


def run_in_session(
    address: str, prepare: Prepare[F, R], items: Sequence[F], workers: int | None
) -> Generator[Outcome[F, R], None, None]:
    """`run` in a `session` of its own: the outcomes in the order of the items.

    address: see `session`. workers: None for one a core.
    """
    with (
        session(address, cpus=workers or usable_cores()) as cores,
        closing(run(prepare, items, workers=workers or cores)) as outcomes,
    ):
        yield from in_order(outcomes, items)


def in_order(outcomes: Iterator[Outcome[F, R]], items: Sequence[F]) -> Iterator[Outcome[F, R]]:
    """Outcomes in the order of the items, which are hashable and differ. What comes early is kept."""
    early: dict[F, Outcome[F, R]] = {}
    for item in items:
        while item not in early:
            outcome = next(outcomes)
            early[outcome.frame] = outcome
        yield early.pop(item)


def _round(
    prepare: Prepare[F, R], left: Mapping[int, F], size: int, workers: int
) -> Generator[tuple[int, _Told[R]], None, None]:
    """Work on the items in blocks of `size`; those of a block that ended its workers are missing in the end."""
    import pyarrow
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.max_errored_blocks = -1
    positions = list(left)
    tables = [
        pyarrow.table({"position": part, "item": [pickle.dumps(left[position]) for position in part]})
        for part in (positions[first : first + size] for first in range(0, len(positions), size))
    ]
    workers = min(workers, len(tables))
    with warnings.catch_warnings():
        # The number of tries can't be given otherwise, and no longer from Ray 2.64 on.
        warnings.filterwarnings("ignore", message="`ray_remote_args` is deprecated")
        told = ray.data.from_arrow(tables).map_batches(
            _Worker,
            batch_size=None,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(
                min_size=1, max_size=workers, initial_size=workers, max_tasks_in_flight_per_actor=2 if size > 1 else 1
            ),
            num_cpus=1,
            max_restarts=-1,
            max_task_retries=TRIES - 1,
            fn_constructor_kwargs={"prepare": prepare, "folder": os.getcwd()},  # noqa: PTH109 - for chdir
        )
    try:
        batches = told.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
        with closing(iter(batches)) as blocks:  # or workers go on with the others
            for block in blocks:
                told_of = zip(block.column("position").to_pylist(), block.column("told").to_pylist(), strict=True)
                yield from ((position, pickle.loads(content)) for position, content in told_of)  # noqa: S301 - ours
    except ray.exceptions.RayError as error:
        reason = " ".join(str(error).split())
        raise WorkerError(f"Ray: no worker can be started ({reason[-300:]}); see that each has memory enough") from None


class _Worker:
    """An actor of the pool."""

    def __init__(self, prepare: Prepare[Any, Any], folder: str) -> None:
        with suppress(OSError):
            os.chdir(folder)  # so that paths that were given relative to it are found
        self._prepare = prepare
        self._work: Callable[[Any], Any] | None = None
        self._warnings = _Kept()

    def __call__(self, table: Any) -> Any:
        """A block of items -> what is to be told of them."""
        import pyarrow

        told = [pickle.dumps(self._tell(pickle.loads(item))) for item in table.column("item").to_pylist()]  # noqa: S301
        return pyarrow.table({"position": table.column("position"), "told": told})

    def _tell(self, item: Any) -> _Told[Any]:
        try:
            if self._work is None:
                self._work = self._prepare()
        except InputError as error:
            return _Told(fault=str(error))
        try:
            outcome = attempt(item, partial(self._work, item))
        except EngineError as error:
            return _Told(fault=str(error))
        except MemoryError:
            raise  # the block fails, and each of its items gets another chance
        except Exception:
            return _Told(fault=traceback.format_exc())
        return _Told(outcome.result, tuple(_messages(outcome.error)), warnings=self._warnings.take())


class _Kept(logging.Handler):
    """Keeps the warnings of our packages."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._messages: list[str] = []
        for package in PACKAGES:
            logging.getLogger(package).addHandler(self)
            logging.getLogger(package).propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        self._messages.append(record.getMessage())

    def take(self) -> tuple[str, ...]:
        """Those since they were last taken."""
        messages, self._messages = tuple(self._messages), []
        return messages


def _pass_on(told: _Told[Any], item: object, said: set[str]) -> None:
    """Log warnings that weren't `said`, of this item or, in the same words, of another. Raise what ends the run."""
    for message in told.warnings:
        words = message.replace(str(getattr(item, "path", "")), "")
        if words not in said:
            said.add(words)
            _log.warning("%s", message)
    if told.fault is not None:
        if told.fault.startswith("Traceback"):
            raise RuntimeError(f"in a worker: {told.fault.strip().splitlines()[-1]}\n{told.fault}")
        raise WorkerError(told.fault)


def _messages(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield str(error)
        error = error.__cause__


def _chained(messages: Sequence[str]) -> InputError | None:
    """The error of a message, with the others as its causes."""
    if not messages:
        return None
    error = InputError(messages[0])
    error.__cause__ = _chained(messages[1:])
    return error
