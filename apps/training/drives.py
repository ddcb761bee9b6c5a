"""The drives to learn from: opened or simulated, and stored as samples."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps import console
from data.labels import class_map
from data.sources import Source, open_source, select
from squeezeseg.training.checkpoint import steps_done
from squeezeseg.training.samples import SampleStore, build_store
from squeezeseg.training.settings import TrainSettings
from squeezeseg.training.streets import FreshStreets, StreetPlan


def open_labelled(path: Path, split: Path | None = None) -> Source:
    """A source, or those of its frames that a list names."""
    return select(open_source(path), split=split)


def open_or_simulate(paths: list[Path], split: Path | None, out: Path, simulated: int, seed: int) -> list[Source]:
    """The sources named, or freshly simulated ones: many short streets rather than one long drive."""
    if paths:
        return [open_labelled(path, split) for path in paths]
    from data.simulator import simulate

    with console.progress("simulating", simulated) as progress:
        drive = simulate(out / "drives", simulated, seed, 2, 1.0, progress=lambda done, _: progress(done))
    return [open_labelled(drive)]


def store(opened: list[Source], folder: Path, map_name: str) -> SampleStore:
    """The samples of sources, in a file in the folder."""
    with console.progress("reading scans", sum(len(source) for source in opened)) as progress:
        return build_store(opened, folder, class_map(map_name), lambda done, _: progress(done))


@contextmanager
def fresh_streets(
    out: Path, settings: TrainSettings, kept: int, offset: int, map_name: str, workers: int
) -> Iterator[FreshStreets]:
    """Streets that are simulated while a run trains; the first ones are there when the block begins.

    kept: scans to draw from at a time. offset: scans at the start of the seed's drive that are no part of them.
    """
    assert settings.uses is not None
    plan = StreetPlan(kept, settings.uses, settings.batch, settings.steps)
    with FreshStreets(
        out / "streets", plan, settings.seed, offset=offset, map_name=map_name, workers=workers
    ) as streets:
        with console.progress("simulating", kept) as progress:
            streets.at(steps_done(out / "checkpoint.safetensors"), progress)
        begun = time.monotonic()
        yield streets
        waited = streets.waited / max(time.monotonic() - begun, 1e-9)
        if waited > 0.05:
            console.note(
                f"waited for streets for {waited:.0%} of the time; more --workers, or more uses by --fresh, help"
            )
