"""The drives to learn from: opened or simulated, and stored as samples."""

from __future__ import annotations

from pathlib import Path

from apps import console
from data.labels import class_map
from data.sources import Source, open_source, select
from squeezeseg.training.samples import SampleStore, build_store


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
