"""A recording to be shown: its frames segmented as they are looked at, or labels that a run has saved."""

from __future__ import annotations

from pathlib import Path

from apps.opening import load_segmenter
from apps.saved_run import saved_run
from apps.viewer.feeds.drive_feed import DriveFeed
from apps.viewer.feeds.predictors import Predict, by_run, by_segmenter
from apps.viewer.shown import Shown
from data.labels import ClassMap
from data.sources import Source
from squeezeseg import InferenceSettings


def segmented(source: Source, settings: InferenceSettings, class_map: ClassMap, *, fill: bool) -> Shown:
    """Frames that are segmented as they are looked at; the form in the page changes the settings.

    fill: whether the others are segmented too meanwhile. Raises InputError for settings that can't be used.
    """

    def load(chosen: InferenceSettings) -> tuple[Predict, dict[str, str]]:
        segmenter = load_segmenter(source, chosen)
        about = {
            "network": segmenter.card.model,
            "engine": segmenter.engine.name,
            "CRF": "on" if segmenter.crf is not None else "off",
            "objects": "on" if segmenter.classifier is not None else "off",
        }
        return by_segmenter(segmenter), about

    predict, about = load(settings)
    feed = DriveFeed(source, predict, class_map, about, fill=fill)
    return Shown(feed, settings, lambda chosen: feed.use(*load(chosen)))


def saved(source: Source, run: Path, class_map: ClassMap, *, fill: bool) -> Shown:
    """Labels read from a run's folder. Raises InputError where there is none."""
    _, _, predictions = saved_run(source, run)
    return Shown(DriveFeed(source, by_run(predictions), class_map, {"labels": str(run)}, fill=fill))
