"""Checkpoints of training runs: safetensors, no pickle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from data.atomic import atomic_write
from data.json_file import parse_json
from projection import InputError
from squeezeseg.distributed.workers import Workers

_SETTINGS = TypeAdapter(dict[str, Any])
_OPTIMISER = "optimiser"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of a run.

    step: steps done. settings: the run's, as JSON. data: fingerprint of what it learns from. tensors: of
    network, average and optimiser.
    """

    step: int
    settings: str
    data: str
    tensors: Mapping[str, Tensor]

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names begin with `prefix` and a dot, without it."""
        start = prefix + "."
        return {name.removeprefix(start): value for name, value in self.tensors.items() if name.startswith(start)}


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state of an optimiser as a checkpoint has it: by the number of the parameter, and the name of the value."""
    states = optimiser.state_dict()["state"]
    return {
        f"{_OPTIMISER}.{index}.{name}": value
        for index, state in states.items()
        for name, value in state.items()
        if value is not None
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, checkpoint: Checkpoint) -> None:
    """Give an optimiser of the same parameters the state that `optimiser_tensors` kept."""
    state = dict[int, dict[str, Tensor]]()
    for name, value in checkpoint.part(_OPTIMISER).items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; a kill leaves the one before."""
    header = {"step": str(checkpoint.step), "settings": checkpoint.settings, "data": checkpoint.data}
    with atomic_write(path, durable=True) as file:
        file.write(save(_stored(checkpoint), header))


@contextmanager
def checkpointed(path: Path, state: Callable[[], Checkpoint]) -> Iterator[None]:
    """Write a checkpoint of a loop when it ends, and when Ctrl-C ends it.

    Not after an error, which may have left a step half taken.
    """
    try:
        yield
    except KeyboardInterrupt:
        save_checkpoint(path, state())
        raise
    save_checkpoint(path, state())


def load_checkpoint(path: Path, settings: str, data: str) -> Checkpoint:
    """Read the checkpoint of a run with these settings and data.

    Raises:
        InputError: it is another run's, or damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            other = _differing(header["settings"], settings)
            if other:
                raise InputError(f"{path}: of a run with another {other}; choose another --out, or remove the folder")
            if header["data"] != data:
                raise InputError(f"{path}: of a run on other data; choose another --out, or remove the folder")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
            if not all(torch.isfinite(value).all() for value in tensors.values() if value.is_floating_point()):
                raise InputError(f"{path}: damaged checkpoint (NaN or infinite numbers); remove it to start again")
            return Checkpoint(_step(header["step"]), settings, data, tensors)
    except InputError:
        raise
    except (SafetensorError, OSError, KeyError, ValueError):
        raise InputError(f"{path}: damaged checkpoint; remove it to start again") from None


def steps_done(path: Path) -> int:
    """The steps that a checkpoint's run has done, 0 where there is no such file. Raises InputError if it is damaged."""
    if not path.is_file():
        return 0
    try:
        with safe_open(path, "pt") as file:
            return _step((file.metadata() or {})["step"])
    except (SafetensorError, OSError, KeyError, ValueError):
        raise InputError(f"{path}: damaged checkpoint; remove it to start again") from None


def newest_checkpoint(path: Path, settings: str, data: str, workers: Workers) -> Checkpoint | None:
    """The checkpoint of most steps that any worker has at `path`, for all of them; None where there is none.

    Workers whose discs aren't one may change places, and the first then isn't the one that wrote last.

    Raises:
        InputError: it is another run's, or damaged.
    """
    own = load_checkpoint(path, settings, data) if path.is_file() else None
    if workers.size == 1:
        return own
    steps = workers.numbers(-1 if own is None else own.step)
    newest = max(steps)
    if min(steps) == newest:
        return own
    holder = steps.index(newest)
    content = workers.broadcast(save(_stored(own)) if own and workers.rank == holder else None, holder)
    return own if steps[workers.rank] == newest else Checkpoint(newest, settings, data, load(content))


def read_header(path: Path) -> tuple[dict[str, Any], str]:
    """The settings of a checkpoint's run, and the fingerprint of its data. Raises InputError if it is damaged."""
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
        return parse_json(header["settings"], _SETTINGS), header["data"]
    except (SafetensorError, OSError, KeyError, ValueError):
        raise InputError(f"{path}: damaged checkpoint; remove it to start again") from None


def _stored(checkpoint: Checkpoint) -> dict[str, Tensor]:
    return {name: value.detach().cpu().clone().contiguous() for name, value in checkpoint.tensors.items()}


def _step(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise ValueError("no number of a step")
    return int(text)


def _differing(before: str, now: str) -> str:
    """The names of the settings that are not the same in two JSON objects."""
    old, new = parse_json(before, _SETTINGS), parse_json(now, _SETTINGS)
    return " and ".join(sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key)))
