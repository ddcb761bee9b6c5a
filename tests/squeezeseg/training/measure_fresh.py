"""Step rate of training with and without the simulator beside it: measure_fresh.py [USES [STEPS [ROUNDS]]].

The same run's steps, in turn while the process that simulates is stopped and while it is not.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import torch

from data.labels import CLASSES
from projection import PRESETS
from squeezeseg.networks import Normalisation, described
from squeezeseg.training.run import Run
from squeezeseg.training.settings import TrainSettings
from squeezeseg.training.streets import FreshStreets, StreetPlan
from squeezeseg.weights import ModelCard


def rates(run: Run, steps: int) -> tuple[float, float]:
    """Steps a second, and a second of this process's processor time."""
    wall, spent = time.monotonic(), time.process_time()
    for _ in range(steps):
        run.wait()
        run.advance()
    return steps / (time.monotonic() - wall), steps / (time.process_time() - spent)


def measure(uses: float, steps: int, rounds: int, folder: Path) -> None:
    """Print the rates of `fast`, batches of 8, on one thread."""
    settings = TrainSettings(model="fast", steps=4000, uses=uses)
    named, found = described("fast")
    card = ModelCard(named, CLASSES, PRESETS["hdl64"], Normalisation.of(named.encoding), command="", found=found)
    with FreshStreets(folder / "streets", StreetPlan(24, uses, settings.batch, settings.steps), 5) as fresh:
        alone, beside = Run(settings, fresh.at(0), card), Run(settings, fresh, card)
        (simulator, _), *_ = fresh._processes
        assert simulator.pid is not None
        alone.advance()
        for _ in range(rounds):
            os.kill(simulator.pid, signal.SIGSTOP)
            without = rates(alone, steps)
            os.kill(simulator.pid, signal.SIGCONT)
            waited = fresh.waited
            together = rates(beside, steps)
            share = (fresh.waited - waited) * together[0] / steps
            print(
                f"steps a second {without[0]:.2f} alone, {together[0]:.2f} beside, of which {share:.0%} waiting; "
                f"of processor time {without[1]:.2f}, {together[1]:.2f}: {together[1] / without[1]:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    given = [float(one) for one in sys.argv[1:]]
    uses, steps, rounds = (*given, *(2.0, 12.0, 4.0)[len(given) :])
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        measure(uses, int(steps), int(rounds), Path(place))
