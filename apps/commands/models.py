"""`squeezeseg models`: the networks that there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apps import console
from apps.options import JsonOption


def models(
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|FILE", help="Only these: names, files of weights, or folders of runs. All, if not given."
        ),
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Time the trained ones on this machine, or those named, and remember it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the networks: trained ones, those that can be trained, and published ones.

    A name is BACKBONE+HEAD, or a backbone alone, which gets its usual head. Metaparameters follow an @, as in
    'mobilenetv2@width=0.5+lraspp'. MB are a trained network's files, and the weights alone of one that isn't trained.
    GMAC are billions of multiply-adds for a front view of 64 x 512 pixels, MMAC millions for the picture that a network
    was published for. ms are the network's alone, for such a view, as --measure found them.
    """
    from apps.models.gather import gather, time_all
    from apps.models.hints import hints
    from apps.models.tables import report

    listing = gather(named or [], Path("runs"), everything=as_json)
    if measure:
        time_all(listing, named=bool(named))
    result = listing.as_dict()
    if as_json:
        console.print_json(result)
        return
    report(result, hints(listing, named=bool(named)))
