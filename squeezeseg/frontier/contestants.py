"""The networks that are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from squeezeseg.networks import ARCHITECTURES, architecture
from squeezeseg.networks.zoo import BACKBONES, heads, usual_head
from squeezeseg.profiling.layer import Layers

WEIGHTS = "model.safetensors"
"""The file in a network's folder that training makes."""
HEIGHT, WIDTH = 64, 512
"""Pixels of the front view that networks are counted and timed on."""


@dataclass(frozen=True)
class Contestant:
    """A network, and the seed that its training draws from."""

    model: str
    seed: int = 0

    def folder(self, run: Path) -> Path:
        """Where its training is kept, in the folder of a frontier."""
        return run / "networks" / f"{self.model}-seed{self.seed}"

    def __str__(self) -> str:
        return f"{self.model}, seed {self.seed}"

    def weights(self, run: Path) -> Path | None:
        """The file of its weights, once it is trained."""
        file = self.folder(run) / WEIGHTS
        return file if file.is_file() else None

    def error(self, run: Path, part: str = "") -> str | None:
        """Why it failed, where it did. part: 'int8' for why it isn't in int8."""
        try:
            return self.error_file(run, part).read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def error_file(self, run: Path, part: str = "") -> Path:
        """Where the reason is kept."""
        return self.folder(run) / f"error{part and '.'}{part}.txt"


def usual_networks(most_gmac: float) -> list[str]:
    """All networks for range images, each backbone with its usual head, up to so many GMAC on 64 x 512 pixels."""
    names = [*ARCHITECTURES, *(f"{name}+{usual_head(name)}" for name in BACKBONES if heads(name))]
    return [name for name in names if layers(name).macs <= most_gmac * 1e9]


@cache
def layers(model: str) -> Layers:
    """The layers of a network by its name, on 64 x 512 pixels. Raises InputError for an unknown name."""
    from squeezeseg.profiling.counting import count

    return count(architecture(model), HEIGHT, WIDTH)


def trained_in(run: Path) -> list[Contestant]:
    """The networks whose weights a run's folder holds."""
    found = []
    for folder in sorted((run / "networks").glob("*-seed*")):
        model, _, seed = folder.name.rpartition("-seed")
        if seed.isdecimal() and (folder / WEIGHTS).is_file():
            found.append(Contestant(model, int(seed)))
    return found


def of_seeds(models: Sequence[str], seeds: Sequence[int]) -> list[Contestant]:
    """All networks with the first seed, then all with the next: early answers are about all of them."""
    return [Contestant(model, seed) for seed in seeds for model in models]
