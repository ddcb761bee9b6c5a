"""A list of networks, each trained in its turn with the same budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.lock import Lock
from projection import PRESETS, InputError, Sensor

if TYPE_CHECKING:
    from squeezeseg.training.loop import Progress, TrainSettings
    from squeezeseg.training.samples import SampleStore

WEIGHTS = "model.safetensors"
BUDGET: dict[str, Any] = {"steps": 500, "warm_up": 50, "crf_steps": 0, "checkpoint_every": 50}
"""What a frontier's recipe has where it isn't the usual one's: a short run, and the network alone."""


@dataclass(frozen=True)
class Contestant:
    """A network, and the seed that its training draws from."""

    model: str
    seed: int = 0

    def folder(self, run: Path) -> Path:
        """Where its training is kept."""
        return run / "networks" / f"{self.model}-seed{self.seed}"


def train_all(
    contestants: Iterable[Contestant],
    budget: TrainSettings,
    store: SampleStore,
    run: Path,
    *,
    sensor: Sensor = PRESETS["hdl64"],
    on_step: Callable[[Contestant, Progress], None] = lambda *_: None,
) -> list[Contestant]:
    """Train those that aren't trained yet; give back those that another process is training now.

    So any number of processes share the work: each takes the next network that nobody holds.

    Raises:
        InputError: a network can't be built, or its folder holds a training with another budget.
    """
    from squeezeseg.training.loop import train

    held = []
    for one in contestants:
        folder = one.folder(run)
        try:
            lock = Lock.of_folder(folder)
        except InputError:
            held.append(one)
            continue
        with lock:
            if not (folder / WEIGHTS).is_file():
                settings = budget.model_copy(update={"model": one.model, "seed": one.seed})
                train(settings, store, folder, sensor=sensor, on_step=lambda at, one=one: on_step(one, at))  # type: ignore[misc]
    return held
