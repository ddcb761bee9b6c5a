"""Where networks stand: seeds averaged, each in the precision that is fastest on the machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from squeezeseg.frontier.front import front
from squeezeseg.frontier.records import Record

YARDSTICK = "squeezeseg"
"""The network that others are held against."""
_STORED = {"int8": "int8", "bfloat16": "float16", "float32": "float16"}
"""The form in which weights are stored, by the precision that they are used in."""


@dataclass(frozen=True)
class Spread:
    """A mean over seeds, and the lowest and the highest."""

    mean: float
    low: float
    high: float
    seeds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value a seed."""
        return cls(sum(values) / len(values), min(values), max(values), len(values))


@dataclass(frozen=True)
class Standing:
    """A network by what it costs and what it scores.

    precision: the fastest, in which all the others are. iou: mean over the object classes. bytes: of its weights.
    macs: as of `Record`. ms: the median. energy_mj: modelled, None where it isn't known.
    """

    model: str
    precision: str
    iou: Spread
    ms: float
    bytes: int
    macs: int
    energy_mj: float | None


COSTS = ("ms", "bytes", "energy_mj")


def standings(records: Iterable[Record], kind: str) -> list[Standing]:
    """The networks that were scored on a kind of set and timed, the fastest first."""
    found = []
    for model, group in groupby(sorted(records, key=lambda one: one.model), key=lambda one: one.model):
        seeds = list(group)
        choices = [
            (latency.median, precision)
            for precision, latency in seeds[0].ms.items()
            if mean_iou(seeds, kind, precision) is not None
        ]
        if choices:
            ms, precision = min(choices)
            iou = mean_iou(seeds, kind, precision)
            assert iou is not None
            first = seeds[0]
            stored = first.bytes[_STORED[precision]]
            found.append(Standing(model, precision, iou, ms, stored, first.macs, first.energy_mj.get(precision)))
    return sorted(found, key=lambda one: one.ms)


def mean_iou(seeds: Iterable[Record], kind: str, precision: str, name: str = "mean") -> Spread | None:
    """The IoU of a network's seeds: of a class, or the mean; bfloat16 scores as float32. None without any."""
    scored = "int8" if precision == "int8" else "float32"
    values = [one.iou.get(kind, {}).get(scored, {}).get(name) for one in seeds]
    known = [value for value in values if value is not None]
    return Spread.of(known) if known else None


def front_of(networks: Sequence[Standing], cost: str) -> list[Standing]:
    """Those on the Pareto front of a cost and the mean IoU, the cheapest first. cost: of `COSTS`."""
    known = [one for one in networks if getattr(one, cost) is not None]
    return [known[k] for k in front([(getattr(one, cost), one.iou.mean) for one in known])]


def better(networks: Sequence[Standing], than: str = YARDSTICK) -> list[Standing]:
    """Networks that are at least as fast as one and score higher, the highest first; none where that isn't there."""
    mark = next((one for one in networks if one.model == than), None)
    if mark is None:
        return []
    found = [one for one in networks if one is not mark and one.ms <= mark.ms and one.iou.mean > mark.iou.mean]
    return sorted(found, key=lambda one: -one.iou.mean)


def best(records: Iterable[Record], number: int, kind: str = "simulated") -> list[str]:
    """The models of highest mean IoU in float32."""
    scored = [(iou.mean, one.model) for one in records if (iou := mean_iou([one], kind, "float32")) is not None]
    return [model for _, model in sorted(scored, reverse=True)[:number]]
