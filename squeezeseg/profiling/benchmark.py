"""Speed of a segmenter, one scan at a time and in lanes, and of the plain network that it is held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np

from data.scan import Scan
from projection import InputError, Sensor, project
from squeezeseg.inference.clock import StageClock, percentiles
from squeezeseg.inference.result_buffers import ResultBuffers
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.profiling.energy_meter import EnergyMeter
from squeezeseg.profiling.repeat import repeat
from squeezeseg.running import lanes as pipeline
from squeezeseg.running.rate_meter import RateMeter
from squeezeseg.weights import Model

WARM_UP_SCANS = 3
"""Scans of each lane that don't count: kernels are loaded, memory is taken, caches fill."""
BATCHES = (1, 4, 8)
"""Scans that go to a GPU at once."""
MIN_SCANS = 5
"""Scans that count at the least, however long they take."""


@dataclass(frozen=True)
class Run:
    """A measurement, or several taken together.

    frames: that were counted. seconds: they took. times: milliseconds of each scan by stage, "total" being from the
    scan in memory to its labels. joules: that the processors took, None where nobody tells.
    """

    frames: int
    seconds: float
    times: dict[str, list[float]]
    joules: float | None = None

    @property
    def fps(self) -> float:
        """Frames per second."""
        return self.frames / self.seconds

    @property
    def stages(self) -> dict[str, dict[str, float]]:
        """p50, p95 and p99 in ms by stage."""
        return {stage: percentiles(times) for stage, times in self.times.items()}

    def __add__(self, other: Run) -> Run:
        """Both taken together."""
        times = {stage: [*entries, *other.times.get(stage, [])] for stage, entries in self.times.items()}
        joules = None if self.joules is None or other.joules is None else self.joules + other.joules
        return Run(self.frames + other.frames, self.seconds + other.seconds, times, joules)


def measure(segmenter: Segmenter, scans: Sequence[Scan], seconds: float, *, lanes: int = 1) -> Run:
    """Segment the scans again and again, for so many seconds after warming up; reading and writing are not part of it.

    The segmenter is loaded for so many lanes. Its clock starts anew.

    Raises:
        InputError: a scan can't be used.
    """

    def work(own: Segmenter, scan: Scan, buffers: ResultBuffers) -> None:
        own(scan, buffers=buffers)

    segmenter.clock = StageClock()
    rate, energy, before = RateMeter(warm_up=WARM_UP_SCANS * lanes), EnergyMeter(), None
    with closing(pipeline.run(segmenter, cycle(scans), work, lanes=lanes)) as outcomes:
        for outcome in outcomes:
            if outcome.error is not None:
                raise InputError(f"{outcome.frame.name}: {outcome.error}")
            rate.tick()
            if rate.frames == rate.warm_up:
                before = energy.read()
            if rate.counted >= MIN_SCANS * lanes and rate.seconds >= seconds:
                break
        joules = energy.since(before)
    return Run(rate.counted, rate.seconds, segmenter.clock.entries(WARM_UP_SCANS * lanes), joules)


def measure_batches(segmenter: Segmenter, scans: Sequence[Scan], seconds: float) -> dict[int, float]:
    """Scans per second where several go to the device at once, by how many; see `BATCHES`.

    Raises:
        InputError: a scan can't be used.
    """
    rates = {}
    for size in BATCHES:
        batch = [scan for scan, _ in zip(cycle(scans), range(size), strict=False)]
        rates[size] = size * _repeat(partial(segmenter.batch, batch), seconds).fps
    return rates


@dataclass(frozen=True)
class Eager:
    """The network alone, forward passes only, as PyTorch runs it without further ado.

    runs: by memory format, "contiguous" (PyTorch's default) and "channels_last" (our torch engine's). shape: of the
    inputs. threads: PyTorch's.
    """

    runs: dict[str, Run]
    shape: tuple[int, ...]
    threads: int


def measure_eager(model: Model, scan: Scan, sensor: Sensor, seconds: float) -> Eager:
    """PyTorch, float32, one scan at a time: what our engines are compared with.

    Args:
        model: as it is stored, batch norm folded into the convolutions.
        scan: what the network sees, in the front view where the sensor sees all around.
        sensor: the scan's.
        seconds: for each memory format.
    """
    import torch

    from squeezeseg.engines.torch_engine import load_network

    sensor = sensor.with_view("front") if sensor.full_turn else sensor
    network = load_network(model)
    missing = -sensor.columns % network.width_multiple
    channels = np.pad(project(scan.points, sensor, scan.ring).channels, ((0, 0), (0, 0), (0, missing)))
    inputs = torch.from_numpy(model.card.normalisation(channels[None], sensor.height - model.card.sensor.height))
    formats = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
    runs = {}
    with torch.inference_mode():
        for name, layout in formats.items():
            network = network.to(memory_format=layout)  # type: ignore[call-overload]
            runs[name] = _repeat(partial(network, inputs.to(memory_format=layout)), seconds)
    return Eager(runs, tuple(inputs.shape), torch.get_num_threads())


def peak_memory() -> int:
    """The most memory, in bytes, that this process has held so far: its peak resident set.

    Not `getrusage`: on Linux that starts with the peak of the process that started this one.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status: no VmHWM")


def _repeat(call: Callable[[], object], seconds: float) -> Run:
    """Call it again and again, for so many seconds after warming up."""
    times = repeat(call, seconds, warm_up=WARM_UP_SCANS, fewest=MIN_SCANS)
    return Run(len(times), sum(times) / 1e3, {"network": times})
