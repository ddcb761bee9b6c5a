"""The stages of an adaptation, each with its progress."""

from __future__ import annotations

import time
from pathlib import Path

from apps import console
from apps.adaptation.outcome import Outcome
from apps.adaptation.reading import Estimated
from apps.given_command import given_command
from data.sources import Source, open_source
from projection import InputError
from squeezeseg.adaptation.adaptation import Adaptation
from squeezeseg.training.run import Progress


def adapt_network(out: Path, found: Estimated, model: str, labelled: list[Path], seconds: float, seed: int) -> Outcome:
    """Adapt a network within so many seconds, as far as they can be foreseen.

    Raises:
        InputError: the scans are of no street, or a stage fails.
    """
    if found.estimate.mount is None:
        raise InputError(
            f"{found.name}: no clear ground below the sensor, so these are no scans of a street, and there is nothing "
            "to adapt a network to; give scans of the sensor on the road, or --estimate-only"
        )
    began = time.monotonic()
    command = given_command()
    source = _labelled(labelled, found)
    adaptation = Adaptation(out, found.estimate, found.scans, model=model, seed=seed, labelled=source, command=command)
    with console.progress("measuring the speed here", 1) as progress:
        plan = adaptation.plan(seconds)
        progress(1)
    try:
        with console.progress("simulating streets as the sensor sees them", plan.scans) as progress:
            own, checked = adaptation.simulate(plan, progress)
        with console.progress("simulating streets as before", plan.rehearsed) as progress:
            before = adaptation.rehearsal(plan, progress)
        with console.progress("training", plan.steps) as progress:

            def on_step(at: Progress) -> None:
                progress(at.step)

            trained = adaptation.finish(adaptation.train(plan, own, before, on_step))
        checks = len(checked) + len(adaptation.real)
        with console.progress("checking the network before", checks) as progress:
            was = adaptation.check(adaptation.start, checked, progress)
        with console.progress("checking the network after", checks) as progress:
            now = adaptation.check(trained, checked, progress)
    except KeyboardInterrupt:
        console.note(f"interrupted; go on with: {command} --resume")
        raise
    verdict, path = adaptation.keep(was, now, trained)
    start = adaptation.start.card.model
    return Outcome(verdict, was, now, plan, path, start, time.monotonic() - began)


def _labelled(paths: list[Path], found: Estimated) -> Source | None:
    """Labelled real scans, seen with the sensor that was estimated."""
    if not paths:
        return None
    source = open_source(paths, sensor=found.estimate.sensor)
    if not source.labelled:
        raise InputError(f"{source.path}: no labels; leave out --labelled")
    return source
