"""Bytes divided among layers, so that all together do the least damage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from projection import InputError

T = TypeVar("T")
_HALVINGS = 60


@dataclass(frozen=True)
class Choice(Generic[T]):
    """A way to keep a layer. value: what is kept. size: what it costs, as in bytes. damage: 0 does none."""

    value: T
    size: float
    damage: float


def allocate(choices: Mapping[str, Sequence[Choice[T]]], budget: float) -> dict[str, Choice[T]]:
    """A choice for each layer whose sizes together are at most the budget, with little damage in sum.

    A price of a byte, the same for all layers, is looked for by halving; at each price a layer takes the choice whose
    damage and price are least together (Shoham and Gersho 1988). What is found is the best of its own total size.

    Raises:
        InputError: the smallest choices take more than the budget.
    """

    def at(price: float) -> dict[str, Choice[T]]:
        return {
            name: min(some, key=lambda one: (one.damage + price * one.size, one.size)) for name, some in choices.items()
        }

    smallest = {name: min(some, key=lambda one: (one.size, one.damage)) for name, some in choices.items()}
    if _total(smallest) > budget:
        raise InputError(f"{budget:,.0f} bytes are too few, {_total(smallest):,.0f} the least; allow more")
    if _total(at(0.0)) <= budget:
        return at(0.0)
    low, high, found = 0.0, 1.0, smallest
    while _total(at(high)) > budget and high < 1e30:
        high *= 4
    for _ in range(_HALVINGS):
        price = (low + high) / 2
        chosen = at(price)
        if _total(chosen) <= budget:
            high, found = price, chosen
        else:
            low = price
    return found


def _total(chosen: Mapping[str, Choice[T]]) -> float:
    return sum(one.size for one in chosen.values())
