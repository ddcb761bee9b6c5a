"""The roofline: how fast a step could be where arithmetic or memory is all that holds it up.

Williams, Waterman and Patterson, CACM 2009.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from squeezeseg.profiling.layer import CONVOLUTIONS, Layers
from squeezeseg.profiling.steps.execution import Execution

CONVERSION = "conversion"
"""The kind of an engine's step that stands for no layer: to reorder numbers, change their precision, ask for shapes."""
_MAX_COPY = 1 << 30
_COPIES = 3


@dataclass(frozen=True)
class Roofs:
    """What a machine can do at best.

    gmacs: 10^9 multiply-adds a second. gbytes: 10^9 bytes read or written a second.
    """

    gmacs: float
    gbytes: float

    @property
    def ridge(self) -> float:
        """Multiply-adds a byte at which both hold up alike."""
        return self.gmacs / self.gbytes

    def milliseconds(self, macs: int, moved: int) -> float:
        """The least that so many multiply-adds, and so many bytes moved, take."""
        return max(macs / self.gmacs, moved / self.gbytes) / 1e6

    def bound(self, macs: int, moved: int) -> Literal["arithmetic", "memory"]:
        """What holds it up."""
        return "arithmetic" if macs / self.gmacs > moved / self.gbytes else "memory"


@dataclass(frozen=True)
class Step:
    """A step of an engine, with what it had to do.

    name: of its layers, the one that it is of a kind with, or the engine's. layers: the names of all.
    kind: see `layer.Kind`, or `CONVERSION`. kernel: what ran, in the engine's words.
    moved: bytes of activations and weights that it reads and writes.
    """

    name: str
    layers: tuple[str, ...]
    kind: str
    kernel: str
    milliseconds: float
    macs: int
    parameters: int
    moved: int

    @property
    def gmacs(self) -> float:
        """10^9 multiply-adds a second."""
        return self.macs / self.milliseconds / 1e6 if self.milliseconds else 0.0

    @property
    def intensity(self) -> float:
        """Multiply-adds a byte."""
        return self.macs / self.moved if self.moved else 0.0


def steps(execution: Execution, layers: Layers) -> list[Step]:
    """What each node of an execution had to do.

    Where several nodes are of one layer, the first has its work, and the others' time is of its kind.
    """
    found, taken = [], set[int]()
    for node in execution.nodes:
        own = [one for one in node.layers if one not in taken]
        taken.update(own)
        members = [layers.layers[one] for one in own]
        read, written = layers.traffic(own)
        parameters = sum(one.parameters for one in members)
        moved = node.moved + (read + parameters) * node.read_size + written * node.written_size
        named = members or [layers.layers[one] for one in node.layers]
        chief = max(named, key=lambda one: (one.macs, one.read + one.written), default=None)
        kind = CONVERSION if chief is None else "copy" if chief.kind == "view" else chief.kind
        found.append(
            Step(
                node.name if chief is None else chief.name,
                tuple(one.name for one in members),
                kind,
                node.kernel,
                node.milliseconds,
                sum(one.macs for one in members),
                parameters,
                moved,
            )
        )
    return found


@dataclass(frozen=True)
class KindSummary:
    """All steps of a kind.

    kernel: what ran for most of the time, in the engine's words. allowed: milliseconds, by the roofline.
    """

    kind: str
    kernel: str
    steps: int
    milliseconds: float
    macs: int
    moved: int
    allowed: float

    @property
    def gmacs(self) -> float:
        """10^9 multiply-adds a second."""
        return self.macs / self.milliseconds / 1e6 if self.milliseconds else 0.0

    @property
    def gbytes(self) -> float:
        """10^9 bytes a second."""
        return self.moved / self.milliseconds / 1e6 if self.milliseconds else 0.0

    @property
    def share(self) -> float:
        """The time that the roofline allows to the time that was taken."""
        return self.allowed / self.milliseconds if self.milliseconds else 0.0


def by_kind(found: Iterable[Step], roofs: Roofs) -> list[KindSummary]:
    """Steps taken together, convolutions first, then what takes longest."""
    kinds: dict[str, list[Step]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(one)
    summaries = [
        KindSummary(
            kind,
            _longest(own),
            len(own),
            sum(one.milliseconds for one in own),
            sum(one.macs for one in own),
            sum(one.moved for one in own),
            sum(roofs.milliseconds(one.macs, one.moved) for one in own),
        )
        for kind, own in kinds.items()
    ]
    order: dict[str, int] = {kind: place for place, kind in enumerate(CONVOLUTIONS)}
    return sorted(summaries, key=lambda one: (order.get(one.kind, len(order)), -one.milliseconds))


def _longest(found: list[Step]) -> str:
    times: dict[str, float] = {}
    for one in found:
        times[one.kernel] = times.get(one.kernel, 0.0) + one.milliseconds
    return max(times, key=lambda kernel: times[kernel])


def copy_gbytes(threads: int) -> float:
    """10^9 bytes a second that memory reads and writes as an array far larger than the caches is copied, at best."""
    size = copy_bytes()
    source, target = (np.ones(size // 8 // threads * threads, np.float64) for _ in range(2))
    parts = list(zip(np.split(source, threads), np.split(target, threads), strict=True))
    best = float("inf")
    for _ in range(_COPIES):
        workers = [threading.Thread(target=np.copyto, args=(into, part)) for part, into in parts]
        begun = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = min(best, time.perf_counter() - begun)
    return 2 * source.nbytes / best / 1e9


def copy_bytes() -> int:
    """Bytes of the array that is copied: twice the largest cache, as far as there is memory for it."""
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    return max(1 << 20, min(_MAX_COPY, 2 * largest_cache(), free // 4))


def largest_cache(root: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> int:
    """Bytes of the largest cache that Linux tells of; 128 MiB where it tells of none."""
    sizes = []
    for file in root.glob("index*/size"):
        text = file.read_text().strip()
        if text[:-1].isdigit():
            sizes.append(int(text[:-1]) << {"K": 10, "M": 20}.get(text[-1], 0))
    return max(sizes, default=128 << 20)
