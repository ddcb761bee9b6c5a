"""The networks to list: found, counted, and timed where that is wanted."""

from __future__ import annotations

from pathlib import Path

from apps import console
from apps.models.listing import Listing
from projection import InputError
from squeezeseg.inference.factory import load_engine
from squeezeseg.profiling import speed
from squeezeseg.profiling.catalogue import (
    HEIGHT,
    WIDTH,
    Entry,
    counted,
    entries_of,
    published_entries,
    range_image_entries,
)
from squeezeseg.profiling.trained import WEIGHTS, Trained, in_runs, shipped, trained
from squeezeseg.weights import shipped_models

_FILES = (".safetensors",)


def gather(named: list[str], runs: Path, *, everything: bool) -> Listing:
    """All networks, or those that are named.

    runs: a folder in which trained ones are looked for. everything: with all heads, not the usual ones alone.

    Raises:
        InputError: there is no network of a name, or a file can't be read.
    """
    files: list[Trained] = []
    entries: list[Entry] = []
    for name in named:
        if Path(name).is_dir():
            files += in_runs(Path(name)) or [trained(Path(name, WEIGHTS))]
        elif Path(name).suffix in _FILES:
            files.append(trained(name))
        else:
            files += [trained(name)] if name in shipped_models() else []
            entries += entries_of(name)
    if not named:
        files = [*shipped(), *in_runs(runs)]
        entries = [one for one in range_image_entries() if one.usual or everything] + published_entries()
    of_files = [Entry(one.model.card.model, one.model.card.architecture) for one in files]
    both = list({one.key: one for one in [*entries, *of_files]}.values())
    with console.progress("counting", len(both)) as progress:
        counts = counted(both, progress)
    return Listing(files, entries, counts, speed.known())


def time_all(listing: Listing) -> None:
    """Measure the trained networks.

    Raises:
        InputError: there are none, or one can't be run.
    """
    if not listing.trained:
        raise InputError("--measure: none of these is trained; 'squeezeseg profile NAME' times any network")
    found = {}
    with console.progress("measuring", len(listing.trained)) as progress:
        for number, one in enumerate(listing.trained, start=1):
            card = one.model.card
            found[card.checksum] = speed.measure(load_engine(one.model), card.architecture.inputs, HEIGHT, WIDTH)
            progress(number)
    speed.keep(found)
    listing.speeds = {**listing.speeds, **found}
