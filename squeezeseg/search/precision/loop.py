"""The loop of a search for bits: weights and widths in turn, then the ranking of ways that are drawn.

Everything random is drawn from (seed, purpose, step), so a search that was killed goes on exactly where its last
checkpoint was.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from projection import InputError
from squeezeseg.compression.bit_widths import LayerBits
from squeezeseg.engines import processor
from squeezeseg.running.interruption import interrupt_afterwards
from squeezeseg.search.precision.distribution import Picks
from squeezeseg.search.precision.settings import ACTIVATION_BITS, WEIGHT_BITS, PrecisionSettings
from squeezeseg.search.precision.state import PrecisionState
from squeezeseg.training.checkpoint import checkpointed, load_checkpoint, save_checkpoint
from squeezeseg.training.log import open_log
from squeezeseg.training.samples import SampleStore
from squeezeseg.weights import Model

CHECKPOINT, LOG = "checkpoint.safetensors", "log.jsonl"
_STEPS = ("weights", "widths", "distribution")
_JUDGED = ("ranking", "comparison")


@dataclass(frozen=True)
class Ranked:
    """A way to divide bits, that was judged.

    layers: by tensor. bytes: of the file, told before training. activation_bits: mean of all activations'; None where
    they aren't rounded. divergence: from the network as it was, by which it is ranked, and loss, on held-out samples.
    """

    layers: dict[str, LayerBits]
    bytes: int
    activation_bits: float | None
    divergence: float
    loss: float


@dataclass(frozen=True)
class Found:
    """What a search found.

    best: the way found, judged with the weights of the search. untrained: the same with the weights as they were, and
    uniform: as many bits for each layer, by bits, likewise.
    """

    best: Ranked
    untrained: Ranked
    uniform: dict[int, Ranked]


def search_precision(
    settings: PrecisionSettings,
    model: Model,
    store: SampleStore,
    folder: Path,
    *,
    on_step: Callable[[int], None] | None = None,
) -> Found:
    """Search for the bits of each layer of a model, whose file has at most `settings.size` bytes.

    A checkpoint in `folder` made with the same settings is gone on from. Each step is a line of log.jsonl.

    on_step: called with what is done, of `total_steps`.

    Raises:
        InputError: too few bytes or frames; the folder holds a checkpoint of another search, or cannot be written; the
            loss is not finite.
    """
    processor.guard_matrix_unit()
    state = PrecisionState(settings, model, store)
    checkpoint = folder / CHECKPOINT
    if checkpoint.is_file():
        try:
            state.restore(load_checkpoint(checkpoint, settings.model_dump_json(), state.identity))
        except (RuntimeError, KeyError):
            raise InputError(f"{checkpoint}: of another search; choose another --out") from None
    else:
        state.begin()

    finished = state.step == settings.recipe.steps

    def stays(entry: Mapping[str, Any]) -> bool:
        return finished if entry["phase"] in _JUDGED else entry["phase"] in _STEPS and entry["step"] <= state.step

    with open_log(folder / LOG, stays) as log:
        with checkpointed(checkpoint, state.checkpoint):
            while state.step < settings.recipe.steps:
                with interrupt_afterwards():
                    _step(state, log)
                if on_step is not None:
                    on_step(state.step)
                if state.step % settings.recipe.checkpoint_every == 0:
                    save_checkpoint(checkpoint, state.checkpoint())
        return _rank(state, folder / LOG, log, on_step)


def total_steps(settings: PrecisionSettings) -> int:
    """Steps, and ways that are ranked at most."""
    return settings.recipe.steps + 1 + settings.draws + len(WEIGHT_BITS) + 1


def _step(state: PrecisionState, log: TextIO) -> None:
    settings = state.settings
    entries: list[dict[str, Any]] = [{"phase": "weights", "loss": state.train_weights()}]
    if state.step >= settings.alone:
        divergence = state.train_widths()
        entries.append({"phase": "widths", "divergence": divergence, "bytes": _mean_bytes(state)})
    state.step += 1
    if not all(math.isfinite(entry.get("loss", entry.get("divergence", 0.0))) for entry in entries):
        raise InputError(f"the loss is no number at step {state.step}; lower --rate, or run doctor on the data")
    every = settings.recipe.checkpoint_every
    if state.step == 1 or state.step % every == 0 or state.step == settings.recipe.steps:
        rows = [one.probabilities.round(4).tolist() for one in state.distributions]
        entries.append({"phase": "distribution", "probabilities": rows})
    for entry in entries:
        _write(log, {"phase": entry.pop("phase"), "step": state.step, **entry})


def _mean_bytes(state: PrecisionState) -> int:
    return round(state.distributions[0].mean_cost + state.beside)


def _rank(state: PrecisionState, path: Path, log: TextIO, on_step: Callable[[int], None] | None) -> Found:
    """Rank the ways that were drawn; compare the best, untrained, with as many bits everywhere.

    What the log holds already is not judged again.
    """
    known, done = _known(path), state.recipe.steps
    batches, drawn = state.held_batches(), state.candidates()

    def judged(picks: list[Picks], phase: str) -> Ranked:
        nonlocal done
        one = _described(state, picks)
        if (before := known.get((phase, str(one.layers)))) is not None:
            one = before
        else:
            with interrupt_afterwards():
                divergence, loss = state.judged(picks, batches)
                one = replace(one, divergence=divergence, loss=loss)
                _write(log, {"phase": phase, **_as_dict(one)})
        done += 1
        if on_step is not None:
            on_step(done)
        return one

    ranked = [judged(picks, "ranking") for picks in drawn]
    place = min(range(len(drawn)), key=lambda k: ranked[k].divergence)
    # With the weights of the search all others would look worse than they are: those are made for what it drew.
    state.forget_training()
    widest = [(one.costs.shape[1] - 1,) * len(one.costs) for one in state.distributions]
    same = [[(k,) * len(widest[0]), *widest[1:]] for k in range(len(WEIGHT_BITS))]
    uniform = {bits: judged(picks, "comparison") for bits, picks in zip(WEIGHT_BITS, same, strict=True)}
    return Found(ranked[place], judged(drawn[place], "comparison"), uniform)


def _known(path: Path) -> dict[tuple[str, str], Ranked]:
    """What a log says of ways that were judged, by phase and layers."""
    found = dict[tuple[str, str], Ranked]()
    for line in path.read_text("utf-8").splitlines():
        entry = json.loads(line)
        if (phase := entry.pop("phase")) in _JUDGED:
            layers = {name: LayerBits(**one) for name, one in entry.pop("layers").items()}
            found[phase, str(layers)] = Ranked(layers, **entry)
    return found


def _described(state: PrecisionState, picks: list[Picks]) -> Ranked:
    """A way before it is ranked."""
    weights = dict(zip(state.weight_layers, (WEIGHT_BITS[k] for k in picks[0]), strict=True))
    activations, mean = dict[str, int](), None
    if len(picks) > 1:
        activations = dict(zip(state.activation_layers, (ACTIVATION_BITS[k] for k in picks[1]), strict=True))
        most = state.distributions[1].costs[:, -1].sum()
        mean = float(ACTIVATION_BITS[-1] * state.distributions[1].cost(picks[1]) / most)
    layers = {name: LayerBits(weights=bits, activations=activations.get(name)) for name, bits in weights.items()}
    size = round(state.distributions[0].cost(picks[0]) + state.beside)
    return Ranked(layers, size, mean, math.nan, math.nan)


def _as_dict(ranked: Ranked) -> dict[str, Any]:
    return asdict(ranked) | {"layers": {name: one.model_dump() for name, one in ranked.layers.items()}}


def _write(log: TextIO, entry: Mapping[str, Any]) -> None:
    log.write(json.dumps(entry) + "\n")
    log.flush()
