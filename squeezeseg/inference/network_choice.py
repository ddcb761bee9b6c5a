"""The network that `auto` stands for: of those in the package, by their scores and by this machine's times."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

from projection import InputError, View
from squeezeseg.engines import EngineName, Precision
from squeezeseg.inference.factory import candidates, on_gpu
from squeezeseg.inference.fastest import NOTICE, times
from squeezeseg.inference.settings import InferenceSettings
from squeezeseg.networks import AUTO
from squeezeseg.weights import load_card, load_weights, shipped_models
from squeezeseg.weights.scores import Comparison, compare

TURN = 100.0
"""Milliseconds between two turns of a usual sensor."""
SHARE = 1 / 3
"""Of a turn, that a network may take: with all that comes before and behind it, it is still less than half."""
ALIKE = 0.01
"""Networks whose mean IoU differs by no more count as equally good: the fastest of them is taken."""
_FRONT_VIEWS: dict[View, int] = {"front": 1, "full": 4}
"""Views whose time `fastest.times` has, in the view that is labelled."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NetworkChoice:
    """A network in the package, by name, and why that one, in a line."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"--model auto takes {self.name}: {self.reason}"


def named(settings: InferenceSettings) -> InferenceSettings:
    """The settings with the name of a network in the place of `auto`; what is taken and why is logged."""
    if settings.model != AUTO:
        return settings
    choice = choose_network(settings.view, settings.engine, settings.precision)
    _log.log(NOTICE, "%s", choice)
    return settings.with_model(choice.name)


def choose_network(view: View, engine: EngineName = "auto", precision: Precision = "auto") -> NetworkChoice:
    """The network of the highest mean IoU in a view among those that keep up with a sensor here by a wide margin.

    Scores are those that `weights.scores.compare` finds comparable. Of networks that are about as good the fastest is
    taken, and where none keeps up the fastest of all. Times are those by which engines are chosen: measured once, then
    kept. Where nothing is timed, or a GPU runs the network, scores decide alone.

    engine, precision: what the network will run on; those that don't run on it are left out.
    """
    cards = {name: load_card(name) for name in shipped_models()}
    compared = compare(cards, view)
    ranked = sorted(compared.mean_iou or cards, key=lambda name: (-compared.mean_iou.get(name, 0), name))
    if len(ranked) == 1:
        return NetworkChoice(ranked[0], "no other has scores to compare with its own")
    first, praise = ranked[0], _praise(ranked[0], compared)
    if on_gpu(load_weights(first), engine, precision):
        return NetworkChoice(first, f"{praise}; a GPU runs it")
    taken = _milliseconds(ranked, compared, view, engine, precision)
    if not taken:
        return NetworkChoice(first, f"{praise}; no times are known")
    quick = [name for name in taken if taken[name] <= SHARE * TURN]
    name = min(quick or taken, key=taken.__getitem__)
    pace = f"{taken[name]:.1f} ms of the {TURN:.0f} between two turns"
    if not quick:
        return NetworkChoice(name, f"the fastest here, {pace}; none keeps up with a sensor by a wide margin")
    if name != quick[0]:
        return NetworkChoice(name, f"about as good as {quick[0]}, and faster here; {pace}")
    among = "" if name == first else " of those that keep up with a sensor here"
    return NetworkChoice(name, f"{_praise(name, compared)}{among}; {pace}")


def _milliseconds(
    ranked: Sequence[str], compared: Comparison, view: View, engine: EngineName, precision: Precision
) -> dict[str, float]:
    """The times of networks for a view, as far down the ranking as they matter; none where nothing is timed.

    Networks that don't run on the engine are left out.
    """
    taken, least = dict[str, float](), -math.inf
    for name in ranked:
        score = compared.mean_iou.get(name, 0)
        if score < least:
            break
        model = load_weights(name)
        try:
            found = times(model, candidates(model, engine, precision))
        except InputError:
            continue
        if found is None:
            return {}
        taken[name] = _FRONT_VIEWS[view] * min(found.values())
        if taken[name] <= SHARE * TURN:
            least = max(least, score - ALIKE)
    return taken


def _praise(name: str, compared: Comparison) -> str:
    if name not in compared.mean_iou:
        return "the first by name, for no scores can be compared"
    return f"the highest mean IoU, {100 * compared.mean_iou[name]:.1f} % ({'; '.join(compared.sets)})"
