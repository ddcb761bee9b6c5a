"""Times of layer cases: those of their frames, without what the frames take themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from squeezeseg.search.layer_case import LayerCase
from squeezeseg.search.table.calls import Call, calls_of
from squeezeseg.search.table.frame import Bare, Features, Item, gives, reads
from squeezeseg.search.table.target import Target

ROUNDS = 3
SECONDS = 0.01
"""Of each case in each round, at the least."""


def time_cases(cases: Sequence[LayerCase], target: Target) -> dict[LayerCase, float]:
    """Seconds of each case, of its fastest run: what else the machine does makes no run faster.

    Raises:
        InputError: a case can't be built, or the processor can't run the precision.
    """
    bares = _bares(cases)
    items: list[Item] = [*cases, *bares]
    return without_frames(cases, best(dict(zip(items, calls_of(items, target), strict=True)), target))


def _bares(cases: Sequence[LayerCase]) -> list[Bare]:
    features = dict.fromkeys(one for case in cases for one in _around(case))
    smallest = min(features, key=lambda one: one.channels * one.height * one.width)
    return [Bare(smallest, ways=2), *(Bare(one, ends=ends) for one in features for ends in (1, 2))]


def _around(case: LayerCase) -> tuple[Features, ...]:
    given = gives(case)
    return reads(case) if given is None else (*reads(case), given)


def best(calls: Mapping[Item, Call], target: Target) -> dict[Item, float]:
    """Seconds of the fastest run of each, all in turn, so that a neighbour who comes and goes hits none alone."""
    found = dict.fromkeys(calls, float("inf"))
    for number in range(ROUNDS):
        for item in list(calls)[:: -1 if number % 2 else 1]:
            found[item] = min(found[item], target.fastest(calls[item], SECONDS))
    return found


def without_frames(cases: Sequence[LayerCase], times: Mapping[Item, float]) -> dict[LayerCase, float]:
    """The seconds of cases alone; those of their frames, and of bare ones, given.

    A second convolution behind the same features shows what one takes; a frame twice in one graph shows what starting
    a graph takes; the rest of a bare frame is the convolution before. No case takes less than nothing.
    """
    [twice] = [one for one in times if isinstance(one, Bare) and one.ways == 2]
    start = 2 * times[Bare(twice.features)] - times[twice]
    ends = {
        one.features: times[one] - times[Bare(one.features)] for one in times if isinstance(one, Bare) and one.ends == 2
    }
    begins = {one: times[Bare(one)] - ends[one] - start for one in ends}
    found = {}
    for case in cases:
        given = gives(case)
        frame = start + sum(begins[one] for one in reads(case)) + (0 if given is None else ends[given])
        found[case] = max(0.0, times[case] - frame)
    return found
