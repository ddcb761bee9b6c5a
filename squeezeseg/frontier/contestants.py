"""The networks that are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from projection import InputError
from squeezeseg.networks import ARCHITECTURES, Architecture, architecture
from squeezeseg.networks.described import SUFFIX
from squeezeseg.networks.zoo import BACKBONES, heads, usual_head
from squeezeseg.profiling.layer import Layers
from squeezeseg.weights import load_weights

WEIGHTS = "model.safetensors"
"""The file in a network's folder that training makes."""
HEIGHT, WIDTH = 64, 512
"""Pixels of the front view that networks are counted and timed on."""


@dataclass(frozen=True)
class Contestant:
    """A network, and the seed that its training draws from.

    model: its name. file: that describes it, '' where its name says all.
    """

    model: str
    seed: int = 0
    file: str = field(default="", compare=False)

    def folder(self, run: Path) -> Path:
        """Where its training is kept, in the folder of a frontier."""
        return run / "networks" / f"{self.model}-seed{self.seed}"

    def __str__(self) -> str:
        return f"{self.model}, seed {self.seed}"

    @property
    def recipe_model(self) -> str:
        """What a training recipe calls it."""
        return self.file or self.model

    def architecture(self, run: Path) -> Architecture:
        """The network itself: as its weights have it, once it is trained. Raises InputError for an unknown name."""
        weights = self.weights(run)
        return architecture(self.recipe_model) if weights is None else load_weights(weights).card.architecture

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
    return [name for name in names if layers(architecture(name)).macs <= most_gmac * 1e9]


@cache
def layers(network: Architecture) -> Layers:
    """The layers of a network, on 64 x 512 pixels."""
    from squeezeseg.profiling.counting import count

    return count(network, HEIGHT, WIDTH)


def trained_in(run: Path) -> list[Contestant]:
    """The networks whose weights a run's folder holds."""
    found = []
    for folder in sorted((run / "networks").glob("*-seed*")):
        model, _, seed = folder.name.rpartition("-seed")
        if seed.isdecimal() and (folder / WEIGHTS).is_file():
            found.append(Contestant(model, int(seed)))
    return found


def of_seeds(networks: Sequence[Contestant], seeds: Sequence[int]) -> list[Contestant]:
    """All networks with the first seed, then all with the next: early answers are about all of them."""
    return [replace(one, seed=seed) for seed in seeds for one in networks]


def asked_for(name: str) -> Contestant:
    """A network by its name, or the one that a .json file describes, by the name that is in it.

    Raises:
        InputError: there is none, or it has the name of another network, or one that no folder can have.
    """
    network = architecture(name)
    if not name.endswith(SUFFIX):
        return Contestant(network.name)
    if not network.name or network.name.startswith(".") or set(network.name) & set("/\\\0"):
        raise InputError(f"{name}: {network.name[:40]!r} is no name for a folder; change its entry 'name'")
    if _known(network.name) not in (None, network):
        raise InputError(f"{name}: {network.name} is another network's name; change its entry 'name'")
    return Contestant(network.name, file=name)


def _known(name: str) -> Architecture | None:
    try:
        return architecture(name)
    except InputError:
        return None
