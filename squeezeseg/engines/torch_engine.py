"""PyTorch, the reference engine, and the one that runs on a GPU."""

from __future__ import annotations

import copy
from typing import Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from projection import InputError
from squeezeseg.engines import processor
from squeezeseg.engines.base import Device, Outputs, usable_cores
from squeezeseg.engines.recorded import Recorded
from squeezeseg.networks.build import Network, build
from squeezeseg.weights import Model


class TorchEngine:
    """Runs a model with PyTorch, on CUDA where there is a device.

    precision: "auto" is the fastest that the hardware multiplies, see `fastest_type`.
    lanes: clones that will run at once, each on its share of the cores: PyTorch has one setting for all of them.
    device: "cuda" or "cpu"; by default CUDA where there is a device.
    compiled: whether torch.compile makes kernels of its own, in a minute or so for each shape of input.

    Raises:
        InputError: the model's tensors do not fit its architecture.
    """

    def __init__(
        self,
        model: Model,
        precision: str = "auto",
        reason: str = "",
        lanes: int = 1,
        *,
        device: str | None = None,
        compiled: bool = False,
    ) -> None:
        processor.guard_matrix_unit()
        network = load_network(model)
        self.torch_device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.device = cast("Device", self.torch_device.type)
        self._type: torch.dtype = fastest_type(self.torch_device) if precision == "auto" else getattr(torch, precision)
        self.width_multiple = network.width_multiple
        self._names = network.outputs
        network = network.to(self.torch_device, self._type)
        self._network: nn.Module = nn.utils.convert_conv2d_weight_memory_format(network, torch.channels_last)
        if compiled:
            self._network.compile()
        self._calls: dict[tuple[int, ...], Recorded] = {}
        self.reason = reason
        if lanes > 1:
            torch.set_num_threads(max(1, usable_cores() // lanes))
        self.threads = torch.get_num_threads()
        self.loads = ("torch", str(self._type).removeprefix("torch."))
        self.name = f"torch {self.loads[1]} on {self.device}"

    def __call__(self, inputs: NDArray[np.float32]) -> Outputs:
        """Normalised range images (B, C, H, W) -> the network's outputs, valid until the next call."""
        call = self._calls.get(inputs.shape)
        if call is None:
            shapes = [(inputs.shape, torch.float32)]
            call = self._calls[inputs.shape] = Recorded(self._ordered, shapes, self.torch_device)
        np.copyto(call.inputs[0], inputs)
        return dict(zip(self._names, call(), strict=True))

    def tensors(self, inputs: Tensor) -> dict[str, Tensor]:
        """A call for tensors on the engine's device; of one thread at a time or of many."""
        x = inputs.to(self._type).contiguous(memory_format=torch.channels_last)
        return {name: value.float().contiguous() for name, value in self._network(x).items()}

    def _ordered(self, inputs: Tensor) -> tuple[Tensor, ...]:
        outputs = self.tensors(inputs)
        return tuple(outputs[name] for name in self._names)

    def clone(self) -> Self:
        """Another for another thread, with the same network."""
        other = copy.copy(self)
        other._calls = {}
        return other


def fastest_type(device: torch.device) -> torch.dtype:
    """Bfloat16 where the hardware multiplies matrices of it, else float16 where a GPU does, else float32.

    Tensor cores take float16 from compute capability 7.0 on and bfloat16, which holds what float32 holds, from 8.0 on.
    """
    if device.type == "cuda":
        capability = torch.cuda.get_device_capability(device)
        return torch.bfloat16 if capability >= (8, 0) else torch.float16 if capability >= (7, 0) else torch.float32
    return torch.bfloat16 if processor.describe().multiplies_bfloat16 else torch.float32


def load_network(model: Model) -> Network:
    """A model's network in evaluation mode, float32.

    Raises:
        InputError: the model is a graph, its architecture can't be built, or its tensors do not fit it.
    """
    card = model.card
    if not model.part("network"):
        raise InputError(f"{model.path}: a graph, which torch doesn't run; use the weights it was made of")
    try:
        network = build(card.architecture, len(card.classes), card.normalisation)
    except InputError as error:
        raise InputError(f"{card.file or 'weights'}: {error}") from None
    state = {name: torch.from_numpy(value) for name, value in model.part("network").items()}
    try:
        network.load_state_dict(state)
    except RuntimeError:
        raise InputError(f"{card.file or 'weights'}: do not fit the network {card.model}; train them again") from None
    return network.eval()
