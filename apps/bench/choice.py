"""The choice of what `squeezeseg bench` measures: engines and precisions, and the scans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from apps import console
from apps.opening import open_selected, spread
from data.sources import Source
from projection import InputError
from squeezeseg import InferenceSettings, Model
from squeezeseg.engines import ENGINES, installed
from squeezeseg.engines.instruction_set import INSTRUCTION_SETS, InstructionSet
from squeezeseg.engines.processor import describe
from squeezeseg.inference.factory import precisions as precisions_of

SIMULATED = 6
"""Scans that are simulated where no recording is given: few, for they are only there to be segmented."""
READ = 20
"""Scans that are taken from a recording."""


def choose(engines: Sequence[str], precisions: Sequence[str], model: Model) -> list[tuple[str, str]]:
    """The engines and precisions of these names, of all of them where none is named, that can run the model here."""
    for what, given, known in (
        ("engine", engines, list(ENGINES)),
        ("precision", precisions, sorted({name for names in ENGINES.values() for name in names})),
    ):
        if unknown := [name for name in given if name not in known]:
            raise InputError(f"--{what} {unknown[0]}: unknown; use one of {', '.join(known)}")
    if missing := [name for name in engines if not installed(name)]:
        raise InputError(f"--engine {missing[0]}: not installed; pip install {missing[0]}")
    offered = [(engine, precision) for engine in ENGINES for precision in precisions_of(engine, model)]
    chosen = [
        (engine, precision)
        for engine, precision in offered
        if (not engines or engine in engines) and (not precisions or precision in precisions)
    ]
    if not chosen:
        there = ", ".join(f"{engine} {precision}" for engine, precision in offered) or "none; pip install openvino"
        raise InputError(f"{model.card.file}: no such engine and precision; there are: {there}")
    return chosen


def instruction_sets(names: Sequence[str], engines: Sequence[str]) -> list[InstructionSet]:
    """The instruction sets of these names, that OpenVINO is to be kept to.

    Raises:
        InputError: there is none of a name, the processor lacks it, or another engine is to be kept to it.
    """
    if unknown := [name for name in names if name not in INSTRUCTION_SETS]:
        raise InputError(f"--isa {unknown[0]}: unknown; use one of {', '.join(INSTRUCTION_SETS)}")
    if names and (others := [name for name in engines if name != "openvino"]):
        raise InputError(f"--isa: {others[0]} has no switch for it; leave out --engine {others[0]}")
    described = describe()
    if missing := [name for name in names if name not in described.instruction_sets]:
        has = ", ".join(described.instruction_sets) or "none of them"
        raise InputError(f"--isa {missing[0]}: this processor ({described.name}) can't; it has {has}")
    return [one for one in INSTRUCTION_SETS if one in names]


def scans(source: Path | None, settings: InferenceSettings, folder: Path, frames: int | None) -> Source:
    """The scans to measure with: some of the recording, evenly spread, or some that are simulated into `folder`."""
    if source is None:
        from data.simulator import simulate

        count = frames or SIMULATED
        with console.progress("simulating", count) as progress:
            source = simulate(folder, count, progress=lambda done, _: progress(done))
    recording = open_selected(source, settings)
    return recording.with_frames(spread(recording.frames, frames or READ))
