"""Gradients exchanged by two workers over loopback, whose link is held to a rate: bytes counted, time measured."""

from __future__ import annotations

import json
import os
import socket
import struct
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing.spawn import spawn

from squeezeseg.distributed.exchange import Exchange, HookName
from squeezeseg.distributed.gradients import PLAIN_STEPS, shared
from squeezeseg.distributed.workers import GRADIENTS, Workers

_WORKERS = 2
_PACING_RATE = 47
"""SO_MAX_PACING_RATE of Linux, which Python has no name for: bytes a second that a socket sends at the most."""
_WARM_UP = PLAIN_STEPS[0] + 1
"""Steps before the link is slowed: PowerSGD's plain ones, and one more."""
_REPEATS = 3
_PINGS = 50

Shapes = Sequence[tuple[int, ...]]


@dataclass(frozen=True)
class Exchanged:
    """What a step's gradients took.

    given: bytes that a worker hands to collectives. seconds: from the first gradient to the last sum, the best of
    several; None where it wasn't measured.
    """

    given: int
    seconds: float | None


def exchange(
    shapes: Shapes, hooks: Sequence[HookName], bits_per_second: float, limits: Sequence[bool]
) -> tuple[list[Exchanged], float]:
    """What gradients of parameters of these shapes take by each hook, and the latency of loopback in seconds.

    bits_per_second: of the link, each way. limits: for each hook, whether it is timed, rather than counted alone.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        arguments = (folder, [tuple(shape) for shape in shapes], list(hooks), bits_per_second, list(limits))
        spawn(_work, arguments, _WORKERS)  # type: ignore[no-untyped-call]
        result = json.loads((folder / "result.json").read_text("utf-8"))
    return [Exchanged(*one) for one in result["hooks"]], result["latency"]


class _Gradients(nn.Module):
    """Parameters whose gradients cost nothing to compute."""

    def __init__(self, shapes: Shapes) -> None:
        super().__init__()
        self.parts = nn.ParameterList([nn.Parameter(torch.zeros(shape)) for shape in shapes])

    def forward(self, noise: Tensor) -> Tensor:
        """Noise, at least as long as the largest parameter -> a number."""
        return torch.stack([(one.flatten() @ noise[: one.numel()]) for one in self.parts]).sum()


def _work(
    rank: int, folder: Path, shapes: Shapes, hooks: list[HookName], bits_per_second: float, limits: list[bool]
) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(rank)
    address = f"file://{folder / 'store'}"
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=_WORKERS)
    try:
        noise = torch.randn(max(torch.Size(shape).numel() for shape in shapes))
        found = []
        latency = _latency()
        for hook, timed in zip(hooks, limits, strict=True):
            _pace(None)
            workers = Workers(rank, _WORKERS, rank, Exchange(hook))
            module = shared(_Gradients(shapes), workers, hook, PLAIN_STEPS[0])
            times = [_step(module, noise, workers) for _ in range(_WARM_UP)]
            if timed:
                _pace(bits_per_second / 8)
                times = [_step(module, noise, workers) for _ in range(_REPEATS)]
            found.append((workers.traffic.last[GRADIENTS], min(times) if timed else None))
        if rank == 0:
            (folder / "result.json").write_text(json.dumps({"hooks": found, "latency": latency}), "utf-8")
        dist.barrier()
    finally:
        dist.destroy_process_group()


def _step(module: nn.Module, noise: Tensor, workers: Workers) -> float:
    loss = module(noise)
    for parameter in module.parameters():
        parameter.grad = None
    workers.wait()
    workers.traffic.begin_step()
    begun = time.perf_counter()
    torch.autograd.backward(loss)
    taken = time.perf_counter() - begun
    workers.traffic.end_step()
    return taken


def _latency() -> float:
    """Seconds that a message takes over loopback: two follow one another when two workers sum a number."""
    times = []
    number = torch.zeros(1)
    for _ in range(_PINGS):
        begun = time.perf_counter()
        dist.all_reduce(number)
        times.append(time.perf_counter() - begun)
    return min(times) / 2


def _pace(bytes_per_second: float | None) -> None:
    """Hold each of this process's connections to a rate; None: to none."""
    # An unsigned long; all of its bits set stand for no limit.
    rate = struct.pack("@l", -1 if bytes_per_second is None else max(1, round(bytes_per_second)))
    for handle in list(Path("/proc/self/fd").iterdir()):
        try:
            if not str(handle.readlink()).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(handle.name))) as one:
                if one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM:
                    one.setsockopt(socket.SOL_SOCKET, _PACING_RATE, rate)
        except OSError:  # closed meanwhile
            continue
