"""Settings for labelling a turn sector by sector."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings


def for_sectors(count: int, settings: InferenceSettings) -> InferenceSettings:
    """The settings with one lane: sectors are labelled one after the other. Raises InputError where they don't go."""
    from data.turn_sector import COUNTS
    from projection import InputError

    if count not in COUNTS:
        raise InputError(f"--sectors {count}: must be 1, {' or '.join(map(str, COUNTS))}")
    if settings.view != "full":
        raise InputError("--sectors is for the full turn; leave it out, or --view front")
    if settings.lanes not in (None, 1):
        raise InputError("--sectors are labelled one after the other; leave them out, or --lanes")
    return settings.changed(lanes=1)
