"""The scores of all networks of a run, in float and in int8."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from data.labels import ClassMap
from squeezeseg.frontier.contestants import Contestant
from squeezeseg.frontier.failures import record_error
from squeezeseg.frontier.graphs import float_graph, int8_graph
from squeezeseg.frontier.scores import ScoreBook, TestSet
from squeezeseg.frontier.sharing import take_turns
from squeezeseg.training.samples import SampleStore

SCORED = ("float32", "int8")
"""Precisions that are scored: bfloat16 is the same network as float32."""


def score_all(
    contestants: Iterable[Contestant],
    run: Path,
    tests: Sequence[TestSet],
    store: SampleStore,
    class_map: ClassMap,
    *,
    int8: bool = True,
    on_frame: Callable[[Contestant, int], None] = lambda *_: None,
    failed: Callable[[Contestant, str], None] = lambda *_: None,
) -> list[Contestant]:
    """Export and score the trained networks that aren't scored yet; give back those that another process works on.

    int8: whether in int8 too. on_frame: told how many frames of a network are done, of `frames_to_score`.
    failed: told of each network, or its int8, that can't be exported or run, and why.

    Raises:
        InputError: a folder can't be written.
    """
    precisions = SCORED if int8 else SCORED[:1]

    def score_one(one: Contestant) -> None:
        weights = one.weights(run)
        assert weights is not None
        book, frames = ScoreBook(weights), 0
        for precision in precisions:
            part = "int8" if precision == "int8" else ""
            try:
                if part:
                    int8_graph(weights, store)
                else:
                    float_graph(weights)
                for _, test in book.missing([precision], tests):
                    book.score(precision, test, class_map, lambda done, before=frames: on_frame(one, before + done))  # type: ignore[misc]
                    frames += len(test.source)
            except Exception as error:  # of any kind, for it is one network of many
                failed(one, record_error(one, run, error, part))
                if not part:
                    return

    return take_turns(contestants, run, lambda one: not missing(one, run, tests, precisions), score_one)


def missing(one: Contestant, run: Path, tests: Sequence[TestSet], precisions: Sequence[str]) -> int:
    """Frames that are still to be scored, by all precisions; none of a network that failed."""
    weights = one.weights(run)
    if weights is None or one.error(run) is not None:
        return 0
    wanted = [name for name in precisions if name != "int8" or one.error(run, "int8") is None]
    return sum(len(test.source) for _, test in ScoreBook(weights).missing(wanted, tests))
