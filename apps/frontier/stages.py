"""The stages of a frontier: data, training, scores, speed; each goes on with what the run's folder holds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from apps import console
from apps.frontier.options import NetworkOptions, SetOptions, SpeedOptions
from apps.given_command import given_command
from apps.training.drives import open_labelled, open_or_simulate, store
from data.labels import ClassMap
from data.lock import Lock
from data.sources import Source
from projection import InputError
from squeezeseg.frontier.contestants import Contestant, asked_for, of_seeds, usual_networks
from squeezeseg.frontier.examination import SCORED, missing, score_all
from squeezeseg.frontier.graphs import FLOAT, INT8, plain_fronts
from squeezeseg.frontier.scores import TestSet
from squeezeseg.frontier.sharing import lock_when_free, wait_for
from squeezeseg.frontier.timing import Timings, read_timings, time_graphs, write_timings
from squeezeseg.frontier.training import BUDGET, is_settled, train_all
from squeezeseg.training.samples import SampleStore
from squeezeseg.weights import load_weights

if TYPE_CHECKING:
    from squeezeseg.training.run import Progress
    from squeezeseg.training.settings import TrainSettings

SEED = 7701
"""Of the streets that are simulated to learn from; those to score on have the next."""
TEST_SCANS = 40
_REPORTS = 20
"""Reports of progress from one training: the time left is told by the pace of the last 100, so of five networks."""


def chosen(networks: NetworkOptions) -> list[Contestant]:
    """The networks of the options. Raises InputError for one that there isn't, or for seeds that are none."""
    try:
        seeds = [int(text) for text in networks.seeds.split(",")]
    except ValueError:
        raise InputError(f"--seeds {networks.seeds}: whole numbers with commas between, such as 0,1") from None
    models = [asked_for(name) for name in networks.model or usual_networks(networks.up_to)]
    if not models:
        raise InputError(f"--up-to {networks.up_to:g}: no network costs so little; the smallest has 0.7 GMAC")
    for one in models:
        if clash := next((k for k in models if k == one and k.file != one.file), None):
            both = " and ".join(filter(None, (one.file, clash.file)))
            raise InputError(f"{both}: networks of one name, {one.model}; change the entry 'name' of one")
    return of_seeds(list(dict.fromkeys(models)), list(dict.fromkeys(seeds)))


def budget_of(given: dict[str, Any]) -> TrainSettings:
    """The one budget. Raises InputError for a value out of its range."""
    from pydantic import ValidationError

    from data.settings_file import explain
    from squeezeseg.training.settings import TrainSettings

    try:
        return TrainSettings.model_validate({**BUDGET, **given})
    except ValidationError as error:
        raise InputError(explain(error, TrainSettings, lambda name: f"--{name}")) from None


def prepare(sources: list[Path], sets: SetOptions, run: Path, map_name: str) -> tuple[list[Source], SampleStore]:
    """The sources to learn from and their samples; where several processes start at once, one makes them."""
    with only_one(run, "makes the data"):
        opened = open_or_simulate(sources, None, run, sets.simulate, SEED)
        return opened, store(opened, run / "samples", map_name)


def test_sets(sets: SetOptions, run: Path) -> list[TestSet]:
    """What is scored. Raises InputError for a source without ground truth."""
    if sets.val:
        simulated = [open_labelled(path) for path in sets.val]
    else:
        with only_one(run, "makes the data"):
            simulated = open_or_simulate([], None, run / "val", TEST_SCANS, SEED + 1)
    real = [open_labelled(path) for path in sets.real or []]
    return [*(TestSet("simulated", one) for one in simulated), *(TestSet("real", one) for one in real)]


def train_networks(
    contestants: Sequence[Contestant], budget: TrainSettings, samples: SampleStore, run: Path, source: Source
) -> None:
    """Train all, together with other processes that do the same."""
    sensor = replace(source.base_sensor, cut=None)
    every = max(1, budget.steps // _REPORTS)
    total = len(contestants) * budget.steps
    with console.progress("training", total) as progress:
        begun = time.monotonic()

        def on_step(one: Contestant, at: Progress) -> None:
            nonlocal begun
            if at.step % every == 0:
                settled = sum(is_settled(other, run) for other in contestants if other != one)
                progress(settled * budget.steps + at.step)
            if at.step == at.steps:
                console.note(f"{one}: trained, {(time.monotonic() - begun) / 60:.1f} minutes, loss {at.loss:.2f}")
                begun = time.monotonic()

        wait_for(
            lambda: train_all(contestants, budget, samples, run, sensor=sensor, on_step=on_step, failed=_failed),
            lambda held: console.note(f"another process trains {_names(held)}; waiting for it"),
        )


def score_networks(
    contestants: Sequence[Contestant],
    tests: Sequence[TestSet],
    samples: SampleStore,
    run: Path,
    class_map: ClassMap,
    *,
    int8: bool,
) -> None:
    """Export and score all, together with other processes that do the same."""
    precisions = SCORED if int8 else SCORED[:1]
    to_do = {one: missing(one, run, tests, precisions) for one in contestants}
    total = sum(to_do.values())
    with console.progress("scoring", total) as progress:

        def on_frame(one: Contestant, done: int) -> None:
            others = sum(to_do[k] for k in list(to_do)[: list(to_do).index(one)])
            progress(others + done)

        wait_for(
            lambda: score_all(
                contestants, run, tests, samples, class_map, int8=int8, on_frame=on_frame, failed=_failed
            ),
            lambda held: console.note(f"another process scores {_names(held)}; waiting for it"),
        )


def time_networks(
    contestants: Iterable[Contestant], samples: SampleStore, run: Path, speed: SpeedOptions
) -> Timings | None:
    """The latencies of all, measured now unless the folder holds them; None where nothing can be timed.

    One seed of a network is timed: the weights don't change how long it takes.
    """
    graphs: dict[tuple[str, str], Path] = {}
    inputs: dict[str, NDArray[np.float32]] = {}
    front = plain_fronts(samples, 1)[0]
    for one in contestants:
        if (file := one.weights(run)) is None or one.error(run) is not None:
            continue
        inputs.setdefault(one.model, load_weights(file).card.normalisation(front))
        for precision in speed.precisions:
            graph = file.with_name(INT8 if precision == "int8" else FLOAT)
            if graph.is_file():
                graphs.setdefault((one.model, precision), graph)
    known = read_timings(run)
    if not graphs:
        return None
    if known is not None and known.cover(graphs) and not speed.again:
        return known
    with console.progress("timing", speed.rounds * len(graphs)) as progress:
        found = time_graphs(graphs, inputs, speed.seconds, speed.rounds, progress)
    write_timings(run, found)
    return found


@contextmanager
def told_how_to_go_on(run: Path) -> Iterator[None]:
    """Says after Ctrl-C that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt:
        console.note(f"interrupted; what is done is in {run}; go on with: {given_command()}")
        raise


def only_one(run: Path, what: str) -> Lock:
    """The run's lock, for what one process does for all: its turn comes when no other has it. what: it does then."""
    return lock_when_free(run, lambda: console.note(f"another process {what}; waiting for it"))


def _failed(one: Contestant, reason: str) -> None:
    console.warn(f"{one}: left out, {reason}")


def _names(contestants: Sequence[Contestant]) -> str:
    return ", ".join(one.model for one in contestants[:3]) + (" and others" if len(contestants) > 3 else "")
