"""What an engine ran, node by node, and the milliseconds that each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

WARM_UP = 3
MIN_RUNS = 10
_SEED = 0


class Node(NamedTuple):
    """A step of an engine, which often stands for several layers.

    name: the engine's. kernel: what ran, in the engine's words. layers: by number; none of what the engine does for
    itself, such as reordering numbers in memory. milliseconds: the median of all runs. best: the fastest run.
    read_size, written_size: bytes of a number that it reads and writes. moved: bytes that it reads and writes where it
    stands for no layer.
    """

    name: str
    kernel: str
    layers: tuple[int, ...]
    milliseconds: float
    best: float
    read_size: int
    written_size: int
    moved: int = 0


class Runner(Protocol):
    """A network in an engine. threads: of the engine."""

    threads: int

    def plain(self) -> None:
        """Run the network on an image."""
        ...

    def counted(self) -> None:
        """Run it and note the time of each node."""
        ...

    def nodes(self) -> tuple[Node, ...]:
        """The nodes that ran; those of the first `WARM_UP` runs don't count. Asked for once, at the end."""
        ...


@dataclass(frozen=True)
class Execution:
    """All that an engine did for one image.

    engine, precision: what ran. runs: that medians are of. wall: milliseconds of an image where nothing is
    measured node by node, the median as well. threads: of the engine.
    """

    engine: str
    precision: str
    threads: int
    runs: int
    wall: float
    nodes: tuple[Node, ...]

    @property
    def milliseconds(self) -> float:
        """Of all nodes."""
        return sum(node.milliseconds for node in self.nodes)


def image_of(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """An image of random numbers, for no time depends on what they are."""
    return np.random.default_rng(_SEED).standard_normal(shape, np.float32)


def in_turn(
    runs: Sequence[Callable[[], object]], seconds: float, on_time: Callable[[float], None] = lambda _: None
) -> list[list[float]]:
    """Do all of them in turn for so many seconds after warming up; milliseconds of each, a list for each of them.

    In turn, so that whatever else the machine does meanwhile slows them alike. on_time: called with the seconds that
    have passed.
    """
    for _ in range(WARM_UP):
        for run in runs:
            run()
    times: list[list[float]] = [[] for _ in runs]
    begun = time.perf_counter()
    while (passed := time.perf_counter() - begun) < seconds or len(times[0]) < MIN_RUNS:
        on_time(min(passed, seconds))
        for run, own in zip(runs, times, strict=True):
            before = time.perf_counter()
            run()
            own.append((time.perf_counter() - before) * 1e3)
    return times
