"""A recording to be shown: its frames segmented as they are looked at, or labels that a run has saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apps.opening import as_loaded, load_segmenter
from apps.saved_run import saved_run
from apps.saved_tracks import SavedTracks
from apps.viewer.feeds.drive_feed import DriveFeed
from apps.viewer.feeds.predictors import by_run, by_segmenter
from apps.viewer.shown import Shown
from data.labels import ClassMap
from data.sources import Source
from squeezeseg import InferenceSettings, Segmenter


def segmented(
    source: Source, settings: InferenceSettings, class_map: ClassMap, *, fill: bool, compare: Path | None = None
) -> Shown:
    """Frames that are segmented as they are looked at; the form in the page changes the settings.

    fill: whether the others are segmented too meanwhile. compare: folder of a run to compare with. Raises InputError
    for settings that can't be used, or where there is no such run.
    """

    def use(chosen: InferenceSettings) -> None:
        other = load_segmenter(source, chosen)
        feed.use(by_segmenter(other), _about(other))

    segmenter = load_segmenter(source, settings)
    compared = _compared(source, "as set here", compare)
    feed = DriveFeed(source, by_segmenter(segmenter), class_map, _about(segmenter), fill=fill, **compared)
    return Shown(feed, as_loaded(settings, segmenter), use)


def _about(segmenter: Segmenter) -> dict[str, str]:
    return {
        "network": segmenter.card.model,
        "engine": segmenter.engine.name,
        "CRF": "on" if segmenter.crf is not None else "off",
        "objects": "on" if segmenter.classifier is not None else "off",
    }


def saved(source: Source, run: Path, class_map: ClassMap, *, fill: bool, compare: Path | None = None) -> Shown:
    """Labels read from a run's folder. compare: of another run. Raises InputError where there is no such folder."""
    _, _, predictions = saved_run(source, run)
    tracks = SavedTracks.found(source, run)
    about = {"labels": str(run)} | ({} if tracks is None else {"tracks": motion_words(source)})
    compared = _compared(source, str(run), compare)
    return Shown(DriveFeed(source, by_run(predictions, tracks), class_map, about, fill=fill, tracks=tracks, **compared))


def motion_words(source: Source) -> str:
    """What the speeds of tracks are, for people."""
    known = source.pose(source.frames[0]) is not None
    return "speed over ground" if known else "speed relative to the sensor, whose own motion isn't known"


def _compared(source: Source, name: str, run: Path | None) -> dict[str, Any]:
    """The arguments of a feed that compares labels called `name` with those in a run's folder; none without one."""
    if run is None:
        return {}
    _, _, predictions = saved_run(source, run)
    return {"compare_with": by_run(predictions, SavedTracks.found(source, run)), "runs": (name, str(run))}
