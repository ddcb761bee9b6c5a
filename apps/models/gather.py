"""The networks to list: found, counted, and timed where that is wanted."""

from __future__ import annotations

from pathlib import Path

from apps import console
from apps.models.listing import Listing
from projection import InputError, View
from squeezeseg import InferenceSettings
from squeezeseg.catalogue import speed
from squeezeseg.catalogue.entries import (
    HEIGHT,
    WIDTH,
    Entry,
    counted,
    entries_of,
    published_entries,
    range_image_entries,
)
from squeezeseg.catalogue.trained import WEIGHTS, Trained, in_runs, shipped, trained
from squeezeseg.engines import installed
from squeezeseg.inference.factory import load_engine
from squeezeseg.inference.network_choice import choose_network
from squeezeseg.networks import ARCHITECTURES, Architecture
from squeezeseg.weights import shipped_models
from squeezeseg.weights.model import SUFFIXES


def gather(named: list[str], runs: Path, *, everything: bool) -> Listing:
    """All networks, or those that are named.

    runs: a folder in which trained ones are looked for. everything: with all heads, not the usual ones alone.

    Raises:
        InputError: there is no network of a name, or a file can't be read.
    """
    files: list[Trained] = []
    entries: list[Entry] = []
    for name in named:
        if name not in ARCHITECTURES and Path(name).is_dir():  # a clone of this program has a folder 'squeezeseg'
            files += in_runs(Path(name)) or [trained(Path(name, WEIGHTS))]
        elif Path(name).suffix in SUFFIXES:
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
    usual = InferenceSettings.given()
    views: tuple[View, ...] = ("full", "front")
    auto = {view: choose_network(view, usual.engine, usual.precision) for view in views}
    return Listing(files, entries, counts, speed.known(), auto)


def time_all(listing: Listing, *, named: bool) -> None:
    """Measure the trained networks, and those for range images that were named.

    Raises:
        InputError: there are none, or one can't be run.
    """
    known = {one.model.card.architecture for one in listing.trained}
    fresh = [one for one in listing.entries if isinstance(one.network, Architecture) and one.network not in known]
    fresh = fresh if named else []
    if not listing.trained and not fresh:
        raise InputError("--measure: none of these is for range images; 'squeezeseg profile NAME' times any network")
    if fresh and not all(map(installed, ("torch", "onnxscript"))):
        raise InputError("--measure: a network that isn't trained needs PyTorch; pip install 'squeezeseg[export]'")
    found = {}
    with console.progress("measuring", len(listing.trained) + len(fresh)) as progress:
        for one in listing.trained:
            card = one.model.card
            found[card.checksum] = speed.measure(load_engine(one.model), card.architecture.inputs, HEIGHT, WIDTH)
            progress(len(found))
        for entry in fresh:
            found[entry.key] = speed.measure_fresh(entry)
            progress(len(found))
    speed.keep(found)
    listing.speeds = {**listing.speeds, **found}
