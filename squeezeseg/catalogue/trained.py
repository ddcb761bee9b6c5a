"""Trained networks: files of weights, and what is known of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from projection import InputError
from squeezeseg.graphs import find_graph
from squeezeseg.graphs.assembly import lists
from squeezeseg.weights import Model, load_weights
from squeezeseg.weights.container import is_container
from squeezeseg.weights.model import SHIPPED, shipped_models

_log = logging.getLogger(__name__)
WEIGHTS = "model.safetensors"
_IN_RUNS = (WEIGHTS, f"networks/*/{WEIGHTS}", f"*/{WEIGHTS}", f"*/networks/*/{WEIGHTS}")
"""Weights in the folder of a run, of `train` or `frontier`, or in a folder of such."""
_BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


@dataclass(frozen=True, eq=False)
class Trained:
    """A file of weights.

    model: its content. shipped: whether it is in the package. int8: its int8 graph, if it has one.
    """

    model: Model
    shipped: bool
    int8: Path | None

    @property
    def path(self) -> Path:
        """The file."""
        assert self.model.path is not None
        return self.model.path

    @property
    def name(self) -> str:
        """What to give to --model."""
        return self.path.stem if self.shipped else str(self.path)

    @property
    def iou(self) -> dict[str, dict[str, float | None]]:
        """IoU by data set and class, as the card has it; None where a class never occurs."""
        scores = {name: score.get("iou") for name, score in self.model.card.scores.items() if isinstance(score, dict)}
        return {
            name: {kind: value for kind, value in iou.items() if value is None or isinstance(value, float | int)}
            for name, iou in scores.items()
            if isinstance(iou, dict)
        }

    @property
    def parameters(self) -> int:
        """Of the network."""
        tensors = self.model.part("network").items()
        return sum(value.size for name, value in tensors if name.rpartition(".")[2] not in _BUFFERS)

    @property
    def file_bytes(self) -> int:
        """The size of the file, CRF and object classifier included."""
        return self.path.stat().st_size

    @property
    def container_bytes(self) -> int | None:
        """The size of the file where it is a container of compressed weights, a .sqz file."""
        return self.file_bytes if is_container(self.path) else None

    @property
    def int8_bytes(self) -> int | None:
        """The size of the int8 graph's files, or of the container that says how it is made."""
        if self.int8 is None:
            return self.file_bytes if lists(self.model, "int8") else None
        return sum(file.stat().st_size for file in (self.int8, self.int8.with_suffix(".bin")))


def shipped() -> list[Trained]:
    """The weights in the package."""
    return [trained(name) for name in shipped_models()]


def trained(path_or_name: str | Path) -> Trained:
    """Weights in a file, or in the package by name. Raises InputError where they can't be read."""
    model = load_weights(path_or_name)
    assert model.path is not None
    return Trained(model, model.path.parent == SHIPPED, find_graph(model, "int8"))


def in_runs(folder: Path) -> list[Trained]:
    """Weights that a run in a folder, or runs in it, ended with; a warning for each that can't be read."""
    found = []
    for path in _paths(folder):
        try:
            found.append(trained(path))
        except InputError as error:
            _log.warning("%s", error)
    return found


def _paths(folder: Path) -> Iterable[Path]:
    return sorted(path for pattern in _IN_RUNS for path in folder.glob(pattern))
