"""The records of a run, gathered from its folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from squeezeseg.engines import usable_cores
from squeezeseg.engines.processor import describe
from squeezeseg.frontier.contestants import Contestant, layers
from squeezeseg.frontier.examination import SCORED
from squeezeseg.frontier.graphs import stored_bytes
from squeezeseg.frontier.records import Record, versions
from squeezeseg.frontier.scores import KINDS, ScoreBook, TestSet
from squeezeseg.frontier.timing import Timings
from squeezeseg.frontier.training import train_seconds
from squeezeseg.profiling.energy_model import MULTIPLY_ADD, energy

if TYPE_CHECKING:
    from squeezeseg.training.settings import TrainSettings

ON_CHIP_BYTES = 8_500_000
"""Memory on the chip in the model of energy."""


def gather(
    contestants: Iterable[Contestant],
    run: Path,
    budget: TrainSettings,
    tests: Sequence[TestSet],
    timings: Timings | None,
) -> list[Record]:
    """What is known of each network that was trained or has failed, those of one name together."""
    frames = {kind: sum(len(test.source) for test in tests if test.kind == kind) for kind in KINDS}
    about = {
        "frames": {kind: number for kind, number in frames.items() if number},
        "processor": timings.processor if timings else describe().name,
        "threads": timings.threads if timings else usable_cores(),
        "versions": versions(),
        "steps": budget.steps,
        "batch": budget.batch,
    }
    known = (one for one in contestants if one.weights(run) is not None or one.error(run) is not None)
    return [_record(one, run, tests, timings, about) for one in sorted(known, key=lambda one: (one.model, one.seed))]


def _record(
    one: Contestant, run: Path, tests: Sequence[TestSet], timings: Timings | None, about: Mapping[str, object]
) -> Record:
    counted = layers(one.architecture(run))
    parameters, macs = counted.parameters, counted.macs
    modelled = {name: round(energy(counted, name, ON_CHIP_BYTES).total, 4) for name in MULTIPLY_ADD}
    weights, error = one.weights(run), one.error(run)
    if weights is None or error is not None:
        return Record(one.model, one.seed, parameters, macs, error=error, **about)  # type: ignore[arg-type]
    book = ScoreBook(weights)
    iou: dict[str, dict[str, Mapping[str, float | None]]] = {}
    for precision in SCORED:
        for kind, scores in book.pooled(precision, tests).items():
            iou.setdefault(kind, {})[precision] = scores
    return Record(
        one.model,
        one.seed,
        parameters,
        macs,
        errors={"int8": reason} if (reason := one.error(run, "int8")) else {},
        bytes=stored_bytes(weights),
        iou=iou,
        energy_mj=modelled,
        ms=timings.ms.get(one.model, {}) if timings else {},
        train_seconds=train_seconds(one, run),
        **about,  # type: ignore[arg-type]
    )
