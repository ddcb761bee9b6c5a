"""PyTorch's time of each module: its own, without that of the modules within."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

import numpy as np
import torch
from torch import nn

from squeezeseg.engines import processor
from squeezeseg.profiling.layer import Layers
from squeezeseg.profiling.steps.execution import WARM_UP, Node, image_of


class TorchRunner:
    """Runs a network as `TorchEngine` does on the processor."""

    def __init__(self, network: nn.Module, layers: Layers, precision: str) -> None:
        processor.guard_matrix_unit()
        self.threads = torch.get_num_threads()
        self._type: torch.dtype = getattr(torch, precision)
        self._network = nn.utils.convert_conv2d_weight_memory_format(network.to(self._type), torch.channels_last)
        image = torch.from_numpy(image_of(layers.image)).to(self._type)
        self._image = image.contiguous(memory_format=torch.channels_last)
        self._numbers = defaultdict[str, list[int]](list)
        for number, layer in enumerate(layers.layers):
            if layer.kind != "unused":
                self._numbers[layer.module].append(number)
        self._times: list[list[float]] = []

    def plain(self) -> None:
        """See `Runner`."""
        with torch.inference_mode():
            self._network(self._image)

    def counted(self) -> None:
        """See `Runner`."""
        with torch.inference_mode(), _Clock(self._network) as clock:
            self._network(self._image)
        self._times.append([clock.own[path] for path in self._numbers])

    def nodes(self) -> tuple[Node, ...]:
        """See `Runner`."""
        times, size = np.array(self._times[WARM_UP:]), self._type.itemsize
        return tuple(
            Node(path, kernel, tuple(numbers), float(np.median(own)), float(own.min()), size, size)
            for (path, numbers), own in zip(self._numbers.items(), times.T, strict=True)
            for kernel in [type(self._network.get_submodule(path)).__name__]
        )


class _Clock:
    """Milliseconds of each module's own, while it is open."""

    def __init__(self, network: nn.Module) -> None:
        self.own = defaultdict[str, float](float)
        self._network = network
        self._within: list[str] = []
        self._since = 0.0
        self._handles: list[Any] = []

    def __enter__(self) -> _Clock:
        for path, one in self._network.named_modules():
            self._handles += [one.register_forward_pre_hook(self._enter(path)), one.register_forward_hook(self._leave)]
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _enter(self, path: str) -> Any:
        def hook(*_: Any) -> None:
            self._charge()
            self._within.append(path)

        return hook

    def _leave(self, *_: Any) -> None:
        self._charge()
        self._within.pop()

    def _charge(self) -> None:
        """The time since the last call is that of the module that runs."""
        now = time.perf_counter()
        if self._within:
            self.own[self._within[-1]] += (now - self._since) * 1e3
        self._since = now
