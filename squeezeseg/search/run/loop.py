"""The loop of a search: weights and distribution in turn, then the ranking of networks that are drawn.

Everything random is drawn from (seed, purpose, step), so a search that was killed goes on exactly where its last
checkpoint was. Random search is the same without steps of the distribution: it draws from all networks within the
bound, trains the same shared weights for as many steps, and ranks more networks for what it saves.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from projection import InputError
from squeezeseg.engines import processor
from squeezeseg.running.interruption import interrupt_afterwards
from squeezeseg.search.run.log import STEPS, read_log
from squeezeseg.search.run.ranking import Ranked, rank
from squeezeseg.search.run.settings import SearchSettings
from squeezeseg.search.run.state import SearchState
from squeezeseg.search.space import Space
from squeezeseg.search.supernet.latency import LatencyModel
from squeezeseg.training.checkpoint import checkpointed, load_checkpoint, save_checkpoint
from squeezeseg.training.log import open_log
from squeezeseg.training.samples import SampleStore

CHECKPOINT, LOG = "checkpoint.safetensors", "log.jsonl"


@dataclass(frozen=True)
class Progress:
    """The progress of a search, of `steps` steps and the ranking of `candidates` networks. done: of both together."""

    done: int
    steps: int
    candidates: int


def search(
    settings: SearchSettings,
    space: Space,
    latency: LatencyModel,
    store: SampleStore,
    folder: Path,
    *,
    on_step: Callable[[Progress], None] | None = None,
) -> list[Ranked]:
    """Search for networks of a space within a bound of latency; the best first, `settings.found` at most.

    A checkpoint in `folder` made with the same settings is gone on from. Each step is a line of log.jsonl, and so is
    each network that was ranked.

    Raises:
        InputError: hardly a network is so fast; too few frames; the samples' width doesn't fit the networks; the folder
            holds a checkpoint of another search, or cannot be written; the loss is not finite.
    """
    processor.guard_matrix_unit()
    others = [0] * (len(space.decisions) - 1)
    widest = max(space.network((frame, *others)).width_multiple for frame in range(len(space.frames)))
    if settings.recipe.width % widest:
        raise InputError(
            f"width {settings.recipe.width}: networks of space {space.name} need a multiple of {widest}; change the "
            "settings"
        )
    state = SearchState(settings, space, latency, store)
    checkpoint = folder / CHECKPOINT
    if checkpoint.is_file():
        try:
            state.restore(load_checkpoint(checkpoint, settings.model_dump_json(), state.identity))
        except (RuntimeError, KeyError):
            raise InputError(f"{checkpoint}: of a search in another space; choose another --out") from None
    finished = state.step == settings.recipe.steps

    def stays(entry: Mapping[str, Any]) -> bool:
        return finished if entry["phase"] == "ranking" else entry["phase"] in STEPS and entry["step"] <= state.step

    with open_log(folder / LOG, stays) as log:
        _take_steps(state, checkpoint, log, on_step)
        ranked = _rank(state, folder / LOG, log, on_step)
    return sorted(ranked, key=lambda one: one.loss)[: settings.found]


def _take_steps(state: SearchState, checkpoint: Path, log: TextIO, on_step: Callable[[Progress], None] | None) -> None:
    settings, recipe = state.settings, state.settings.recipe
    with checkpointed(checkpoint, state.checkpoint):
        while state.step < recipe.steps:
            with interrupt_afterwards():
                _step(state, log)
            if on_step is not None:
                on_step(Progress(state.step, recipe.steps, settings.candidates))
            if state.step % recipe.checkpoint_every == 0:
                save_checkpoint(checkpoint, state.checkpoint())


def _step(state: SearchState, log: TextIO) -> None:
    """Train the weights, then the architecture; log both."""
    settings, recipe = state.settings, state.settings.recipe
    loss, sample = state.train_weights()
    losses, entries = [loss], [{"phase": "weights", "loss": loss, "seconds": sample.seconds}]
    if settings.method == "dnas" and state.step >= settings.alone:
        losses, samples = state.train_architecture()
        entries.append({"phase": "architecture", "losses": losses, "seconds": [one.seconds for one in samples]})
    state.step += 1
    if not all(map(math.isfinite, (loss, *losses))):
        raise InputError(f"the loss is {loss} at step {state.step}; lower --rate, or run doctor on the data")
    if state.step == 1 or state.step % recipe.checkpoint_every == 0 or state.step == recipe.steps:
        shares = [[round(one, 4) for one in row] for row in state.distribution.probabilities()]
        entries.append({"phase": "distribution", "probabilities": shares})
    for entry in entries:
        _write(log, {"phase": entry.pop("phase"), "step": state.step, **entry})


def _rank(state: SearchState, path: Path, log: TextIO, on_step: Callable[[Progress], None] | None) -> list[Ranked]:
    """Rank the final draws, but for those that the log holds already."""
    steps, samples = state.settings.recipe.steps, state.final_samples()
    known = {one.choices: one for one in read_log(path).ranked}
    settling, held = state.settle_batches(), state.held_batches()
    ranked = []
    for number, sample in enumerate(samples, 1):
        one = known.get(sample.choices)
        if one is None:
            with interrupt_afterwards():
                one = rank(state, sample.choices, sample.seconds, settling, held)
                _write(log, {"phase": "ranking", "step": steps, **asdict(one)})
        ranked.append(one)
        if on_step is not None:
            on_step(Progress(steps + number, steps, len(samples)))
    return ranked


def _write(log: TextIO, entry: Mapping[str, Any]) -> None:
    log.write(json.dumps(entry) + "\n")
    log.flush()
