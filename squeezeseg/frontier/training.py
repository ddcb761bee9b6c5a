"""A list of networks, each trained in its turn with the same budget."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import read_json
from projection import PRESETS, InputError, Sensor
from squeezeseg.frontier.contestants import Contestant
from squeezeseg.frontier.failures import record_error
from squeezeseg.frontier.sharing import take_turns
from squeezeseg.networks import architecture

if TYPE_CHECKING:
    from squeezeseg.training.run import Progress
    from squeezeseg.training.samples import SampleStore
    from squeezeseg.training.settings import TrainSettings

BUDGET: dict[str, Any] = {"steps": 500, "warm_up": 50, "crf_steps": 0, "checkpoint_every": 50}
"""What a frontier's recipe has where it isn't the usual one's: a short run, and the network alone."""
CHECKPOINT, SECONDS = "checkpoint.safetensors", "seconds.json"
_SECONDS = TypeAdapter(dict[str, float])


def train_all(
    contestants: Iterable[Contestant],
    budget: TrainSettings,
    store: SampleStore,
    run: Path,
    *,
    sensor: Sensor = PRESETS["hdl64"],
    on_step: Callable[[Contestant, Progress], None] = lambda *_: None,
    failed: Callable[[Contestant, str], None] = lambda *_: None,
) -> list[Contestant]:
    """Train those that aren't trained yet; give back those that another process is training now.

    A network that can't be built or trained leaves the reason in its folder, and the others go on.

    failed: told of each such network, and why.

    Raises:
        InputError: a folder can't be written.
    """

    def train_one(one: Contestant) -> None:
        from squeezeseg.training.loop import train

        settings = budget.model_copy(update={"model": one.recipe_model, "seed": one.seed})
        watch = _Watch(one.folder(run))

        def step(at: Progress) -> None:
            if at.step % settings.checkpoint_every == 0:
                watch.write()
            on_step(one, at)

        try:
            train(settings, store, one.folder(run), sensor=sensor, on_step=step)
        except Exception as error:  # of any kind, for it is one network of many
            failed(one, record_error(one, run, error))
        finally:
            watch.write()

    return take_turns(contestants, run, lambda one: is_settled(one, run), train_one)


def is_settled(one: Contestant, run: Path) -> bool:
    """True if nothing is left to train: it is trained, or has failed."""
    return one.weights(run) is not None or one.error(run) is not None


def check_budget(contestants: Iterable[Contestant], budget: TrainSettings, store: SampleStore, run: Path) -> None:
    """Refuse to compare networks of different budgets.

    Raises:
        InputError: one in the folder was trained with other settings or samples than these, or is another network of
            the same name; says which.
    """
    from squeezeseg.training.checkpoint import read_header

    usual = type(budget)().model_dump(mode="json")  # what settings were before they had a name
    for one in contestants:
        if one.file and one.architecture(run) != architecture(one.file):
            raise InputError(
                f"{run}: {one.model} there is another network than that of {one.file}; change its entry 'name', or "
                "give another --out"
            )
        checkpoint = one.folder(run) / CHECKPOINT
        if not checkpoint.is_file():
            continue
        settings, data = read_header(checkpoint)
        before = usual | settings
        now = budget.model_copy(update={"seed": one.seed}).model_dump(mode="json")
        for key in sorted((before.keys() | now.keys()) - {"model"}):  # that has the folder its name of
            if before.get(key) != now.get(key):
                had, wanted = json.dumps(before.get(key)), json.dumps(now.get(key))
                raise InputError(
                    f"{run}: {one} has the budget {key} {had}, not {wanted}: networks are compared at one budget; "
                    "give the same, or another --out"
                )
        if data != store.fingerprint:
            raise InputError(f"{run}: {one} learned from other samples; give the same SOURCE, or another --out")


def train_seconds(one: Contestant, run: Path) -> float | None:
    """Seconds that its training took, all its parts together; None where they were not noted."""
    try:
        return read_json(one.folder(run) / SECONDS, _SECONDS)["seconds"]
    except (OSError, ValueError, KeyError):
        return None


class _Watch:
    """Notes in a network's folder how long its training takes, what earlier processes spent included."""

    def __init__(self, folder: Path) -> None:
        self._file, self._begun = folder / SECONDS, time.monotonic()
        self._before: float | None = 0.0
        if (folder / CHECKPOINT).is_file():
            try:
                self._before = read_json(self._file, _SECONDS)["seconds"]
            except (OSError, ValueError, KeyError):
                self._before = None  # begun by who noted none

    def write(self) -> None:
        """Write what it has taken so far."""
        if self._before is not None:
            with atomic_write(self._file) as file:
                file.write(json.dumps({"seconds": round(self._before + time.monotonic() - self._begun, 1)}).encode())
