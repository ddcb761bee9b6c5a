"""Where networks stand: seeds averaged, each in the precision that costs it least."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from squeezeseg.frontier.front import front
from squeezeseg.frontier.records import Record

YARDSTICK = "squeezeseg"
"""The network that others are held against."""
COSTS = ("ms", "bytes", "energy_mj")
"""What networks cost, by the names of `Record`."""


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

    precision: the one in which it costs least. iou: mean over the object classes, in this precision.
    cost: in the unit of `COSTS`; of latencies the median.
    """

    model: str
    precision: str
    iou: Spread
    cost: float


def standings(records: Iterable[Record], kind: str, cost: str = "ms") -> list[Standing]:
    """The networks that were scored on a kind of set and whose cost is known, the cheapest first. cost: of `COSTS`."""
    found = []
    for model, group in groupby(sorted(records, key=lambda one: one.model), key=lambda one: one.model):
        seeds = list(group)
        choices = [
            Standing(model, precision, iou, value)
            for precision, value in costs(seeds, cost).items()
            if (iou := mean_iou(seeds, kind, precision)) is not None
        ]
        if choices:
            found.append(min(choices, key=lambda one: one.cost))
    return sorted(found, key=lambda one: one.cost)


def costs(seeds: Iterable[Record], cost: str) -> dict[str, float]:
    """A cost of a network by precision, of the first seed of which it is known; float32 is stored in float16."""
    for one in seeds:
        values = {
            "ms": {name: latency.median for name, latency in one.ms.items()},
            "bytes": {"float32" if name == "float16" else name: float(size) for name, size in one.bytes.items()},
            "energy_mj": dict(one.energy_mj),
        }[cost]
        if values:
            return values
    return {}


def mean_iou(seeds: Iterable[Record], kind: str, precision: str, name: str = "mean") -> Spread | None:
    """The IoU of a network's seeds: of a class, or the mean; bfloat16 scores as float32. None without any."""
    scored = "int8" if precision == "int8" else "float32"
    values = [one.iou.get(kind, {}).get(scored, {}).get(name) for one in seeds]
    known = [value for value in values if value is not None]
    return Spread.of(known) if known else None


def front_of(networks: Sequence[Standing]) -> list[Standing]:
    """Those on the Pareto front of their cost and mean IoU, the cheapest first."""
    return [networks[k] for k in front([(one.cost, one.iou.mean) for one in networks])]


def better(networks: Sequence[Standing], than: str = YARDSTICK) -> list[Standing]:
    """Networks that cost no more than one and score higher, the highest first; none where that one isn't there."""
    mark = next((one for one in networks if one.model == than), None)
    if mark is None:
        return []
    found = [one for one in networks if one is not mark and one.cost <= mark.cost and one.iou.mean > mark.iou.mean]
    return sorted(found, key=lambda one: -one.iou.mean)


def best(records: Iterable[Record], number: int, kind: str = "simulated") -> list[str]:
    """The models of highest mean IoU in float32."""
    scored = [(iou.mean, one.model) for one in records if (iou := mean_iou([one], kind, "float32")) is not None]
    return [model for _, model in sorted(scored, reverse=True)[:number]]
