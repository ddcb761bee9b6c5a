"""The data of a search, in three parts: for the weights, for the architecture, and to rank what was found."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from projection import InputError
from squeezeseg.training.samples import SampleStore

HELD = 0.1


class Parts(NamedTuple):
    """weights, architecture: halves of what is learned from. held: what nothing was learned from."""

    weights: SampleStore
    architecture: SampleStore
    held: SampleStore


def split(store: SampleStore) -> Parts:
    """The parts of a store. Each is of frames that follow each other, for neighbouring frames show the same street.

    Raises:
        InputError: there are fewer than three frames.
    """
    if len(store) < 3:
        raise InputError(f"a search needs three labelled frames or more, for each of its parts; there are {len(store)}")
    held = max(1, round(HELD * len(store)))
    half = (len(store) - held) // 2
    return Parts(*(_frames(store, *part) for part in ((0, half), (half, len(store) - held), (-held, None))))


def _frames(store: SampleStore, first: int, last: int | None) -> SampleStore:
    part = slice(first, last)
    return replace(
        store,
        channels=store.channels[part],
        labels=store.labels[part],
        around=store.around[part],
        people=store.people[part],
    )
