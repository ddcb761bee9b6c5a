"""Scores of several networks, compared on the sets that they share."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from data.labels import CLASSES, OBJECTS
from projection import View
from squeezeseg.weights.card import ModelCard

_FULL_TURN = 360.0


class _Score(BaseModel):
    """A score in a card, as far as scores are compared by it; see `squeezeseg eval --record`."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    frames: int
    per: str
    class_map: str
    view: tuple[float, float]
    settings: dict[str, Any]
    iou: dict[str, float | None]
    truth_points: dict[str, int]
    simulated: bool = False

    @property
    def around(self) -> View:
        """The view that was scored."""
        return "full" if abs(self.view[0] - self.view[1]) >= _FULL_TURN else "front"

    def mean_iou(self) -> float | None:
        """Mean IoU over the object classes, None unless the set has true points of each."""
        values = [self.iou.get(name) if self.truth_points.get(name) else None for name in CLASSES[OBJECTS]]
        known = [value for value in values if value is not None]
        return fmean(known) if len(known) == len(values) else None

    def identity(self, name: str) -> str:
        """Equal for the same set, scored in the same way."""
        return json.dumps([name, self.model_dump(exclude={"iou"})], sort_keys=True)


@dataclass(frozen=True)
class Comparison:
    """Networks that were scored on the same sets. mean_iou: by network, over sets and object classes. sets: names."""

    mean_iou: Mapping[str, float]
    sets: tuple[str, ...]


def compare(cards: Mapping[str, ModelCard], view: View) -> Comparison:
    """Compare the scores of networks in a view: on those sets of the view that most of them were scored on.

    A set counts if it has true points of each object class, and only where frames, ground truth and settings are the
    same. Where the view has no such set, those of the other view count, and simulated ones only where no real one does:
    they say little about which network is better on real scans. A network that lacks one of the sets is left out; so
    are all, where no set is shared.

    cards: by the network's name.
    """
    for simulated, views in product((False, True), ((view,), ("front", "full"))):
        scored = {name: _means(card, views, simulated=simulated) for name, card in cards.items()}
        holders = Counter(key for means in scored.values() for key in means)
        most = max(holders.values(), default=0)
        shared = [key for key, count in holders.items() if count == most]
        means = {
            name: fmean(own[key] for key in shared)
            for name, own in scored.items()
            if shared and all(key in own for key in shared)
        }
        if means:
            return Comparison(means, tuple(json.loads(key)[0] for key in shared))
    return Comparison({}, ())


def _means(card: ModelCard, views: Iterable[str], *, simulated: bool) -> dict[str, float]:
    """Mean IoU by set, for the sets in these views that count: the simulated or the real ones."""
    found = {}
    for name, fields in card.scores.items():
        try:
            score = _Score.model_validate(fields)
        except ValidationError:  # of another form: `train --val` writes less
            continue
        if score.simulated == simulated and score.around in views and (mean := score.mean_iou()) is not None:
            found[score.identity(name)] = mean
    return found
