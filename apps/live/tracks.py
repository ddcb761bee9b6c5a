"""What `--track` goes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.live.options import TrackOptions, TurnOptions
    from squeezeseg import InferenceSettings


def check_tracks(tracks: TrackOptions, turns: TurnOptions, settings: InferenceSettings) -> None:
    """Raise InputError where objects can't be followed."""
    from projection import InputError

    if tracks.still and not tracks.track:
        raise InputError("--still is for --track; add it, or leave both out")
    if tracks.track and turns.sectors != 1:
        raise InputError("--track follows objects from whole turn to whole turn; leave it out, or --sectors")
    if tracks.track and not settings.objects:
        raise InputError("--track follows objects, which aren't told apart here; leave it out, or --no-objects")
