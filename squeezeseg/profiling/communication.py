"""What networks send when many workers train them: bytes, and the time of a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from data.labels import CLASSES
from projection import InputError
from squeezeseg.distributed.exchange import HOOKS, HookName
from squeezeseg.distributed.gradients import compressed_bytes
from squeezeseg.networks import Normalisation, described, metaparameters, zoo
from squeezeseg.networks.build import build
from squeezeseg.networks.classifier import RGB, Classifier
from squeezeseg.profiling.counting import HEIGHT
from squeezeseg.profiling.exchange import Exchanged, exchange
from squeezeseg.profiling.repeat import repeat
from squeezeseg.profiling.ring_all_reduce import RingAllReduce

NETWORKS = (
    "alexnet",
    "squeezenet1.0",
    "squeezenet1.1",
    "mobilenetv1",
    "mobilenetv2",
    "mobilenetv3-small",
    "mobilenetv3-large",
    "squeezeseg",
    "fast",
)
"""Those that are compared where none is named; the published ones as they are for pictures."""
WORKERS = (2, 4, 8, 16, 32, 64, 128, 256)
BATCH, WIDTH = 8, 256
"""Samples of a worker in a step, and columns of a range image, as in the recipe."""
_MESSAGES = {hook: 3 if hook.startswith("powersgd") else 1 for hook in HOOKS}
"""Sums that follow one another in a step: PowerSGD's small tensors, then one factor, then the other."""


@dataclass(frozen=True)
class Communication:
    """What a network sends.

    name: as it was asked for. parameters: that are trained, batch norm's among them. image: (B, C, H, W) of a worker's
    step. compute: seconds of the forward and backward pass, measured here. exchanged: by hook, of two workers.
    """

    name: str
    parameters: int
    image: tuple[int, ...]
    compute: float
    exchanged: dict[HookName, Exchanged]

    def summing(self, hook: HookName, workers: int, ring: RingAllReduce) -> float:
        """Seconds in which a ring sums what a hook sends, by the model."""
        return ring.seconds(self.exchanged[hook].given, workers, _MESSAGES[hook])

    def step(self, hook: HookName, workers: int, ring: RingAllReduce) -> float:
        """Seconds of a step: the computing as it was measured, then the sums by the model of a ring.

        What two workers took longer than by the model, such as PowerSGD for its arithmetic, any number takes.
        """
        taken = self.exchanged[hook].seconds
        beside = 0.0 if taken is None else max(0.0, taken - self.summing(hook, 2, ring))
        return self.compute + beside + self.summing(hook, workers, ring)


def measure(
    names: Sequence[str], bits_per_second: float, seconds: float, progress: Callable[[int], None]
) -> tuple[list[Communication], RingAllReduce]:
    """What each of the networks sends, and the ring that steps of more workers are computed by.

    bits_per_second: of a link. seconds: an exchange that would take longer by the model isn't timed, and each
        network's passes are timed for a tenth of it. progress: told the networks done.

    Raises:
        InputError: there is no such network.
    """
    modules = [_trainable(name) for name in names]
    found, latencies = list[Communication](), list[float]()
    for done, (name, (module, image)) in enumerate(zip(names, modules, strict=True)):
        shapes = [tuple(one.shape) for one in module.parameters()]
        parameters = sum(one.numel() for one in module.parameters())
        ideal = RingAllReduce(bits_per_second, 0.0)
        limits = [ideal.seconds(compressed_bytes(shapes, hook), 2) <= seconds for hook in HOOKS]
        compute = _compute(module, image, seconds / 10)
        exchanged, latency = exchange(shapes, HOOKS, bits_per_second, limits)
        latencies.append(latency)
        found.append(Communication(name, parameters, image, compute, dict(zip(HOOKS, exchanged, strict=True))))
        progress(done + 1)
    return found, RingAllReduce(bits_per_second, min(latencies))


def _trainable(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    """A network as it is trained, with batch norm, and the shape of its batch. Raises InputError if there is none.

    A backbone is taken as it was published, for pictures.
    """
    torch.manual_seed(0)
    if "+" not in name and metaparameters.split(name)[0] in zoo.BACKBONES:
        try:
            backbone = zoo.backbone(name)
        except ValueError as error:
            raise InputError(f"{error}; 'squeezeseg models' lists all") from None
        return Classifier(backbone), (BATCH, RGB, backbone.height, backbone.width)
    named, _ = described(name)
    network = build(named, len(CLASSES), Normalisation.of(named.encoding), batch_norm=True)
    return network, (BATCH, named.inputs, HEIGHT, WIDTH)


def _compute(module: nn.Module, image: tuple[int, ...], seconds: float) -> float:
    """Seconds of a pass forward and backward, float32, the best of several."""
    x = torch.randn(image).to(memory_format=torch.channels_last)
    module = module.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def step() -> None:
        answer = module(x)
        answer = answer["logits"] if isinstance(answer, dict) else answer
        torch.autograd.backward(answer.square().mean())
        module.zero_grad(set_to_none=True)

    return min(repeat(step, seconds, warm_up=1, fewest=2)) / 1e3
