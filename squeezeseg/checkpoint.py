"""Checkpoints of training runs: safetensors, no pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from data.atomic import atomic_write
from projection import InputError


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a run stood: steps done, its settings as JSON, the tensors of network, average and optimiser."""

    step: int
    settings: str
    tensors: Mapping[str, Tensor]

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose names begin with `prefix` and a dot, without it."""
        start = prefix + "."
        return {name.removeprefix(start): value for name, value in self.tensors.items() if name.startswith(start)}


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; a kill leaves the one before."""
    tensors = {name: value.detach().cpu().clone().contiguous() for name, value in checkpoint.tensors.items()}
    with atomic_write(path) as file:
        file.write(save(tensors, {"step": str(checkpoint.step), "settings": checkpoint.settings}))


def load_checkpoint(path: Path, settings: str) -> Checkpoint:
    """Read the checkpoint of a run with these settings. Raises InputError if it's another's, or damaged."""
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            if header.get("settings") != settings:
                raise InputError(f"{path}: of a run with other settings; choose another --out, or remove the folder")
            return Checkpoint(int(header["step"]), settings, {name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except (SafetensorError, OSError, KeyError) as error:
        raise InputError(f"{path}: damaged checkpoint ({error}); remove it to start again") from None
