"""All scores of the tracks of a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from squeezeseg.evaluation.tracks.clear import clear
from squeezeseg.evaluation.tracks.frames import TrackFrame, numbered
from squeezeseg.evaluation.tracks.hota import hota
from squeezeseg.evaluation.tracks.identity import idf1


def track_scores(frames: Sequence[TrackFrame], reach: float) -> dict[str, Any]:
    """Scores of one class, for JSON: fractions of 1, motp in metres; None where nothing is there to be scored.

    frames: of one recording after the other, no track in two of them. reach: metres up to which two are one object.
    """
    counts, (_, true_tracks, given_tracks) = clear(frames, reach), numbered(frames)
    higher = hota(frames, reach)
    fractions = {
        "hota": higher.hota,
        "deta": higher.deta,
        "assa": higher.assa,
        "mota": counts.mota,
        "motp": counts.motp,
        "idf1": idf1(frames, reach),
    }
    return {
        **{key: None if value is None else round(value, 6) for key, value in fractions.items()},
        "switches": counts.switches,
        "fragmentations": counts.fragmentations,
        "true_tracks": true_tracks,
        "predicted_tracks": given_tracks,
        "true_boxes": counts.true,
        "matched": counts.matched,
        "missed": counts.missed,
        "false": counts.false,
    }
