"""PyTorch, the reference engine, and the one that runs on a GPU."""

from __future__ import annotations

import copy
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from projection import InputError
from squeezeseg.engines import processor
from squeezeseg.engines.base import usable_cores
from squeezeseg.engines.recorded import Recorded
from squeezeseg.networks import build
from squeezeseg.weights.model_file import Model


class TorchEngine:
    """Runs a model with PyTorch, on CUDA where there is a device.

    precision: "auto" is the fastest that the hardware multiplies, see `fastest_type`.
    lanes: twins that will run at once, each on its share of the cores: PyTorch has one setting for all of them.
    device: "cuda" or "cpu"; by default CUDA where there is a device.
    compiled: whether torch.compile makes kernels of its own, in a minute or so for each shape of input.

    Raises:
        InputError: the model's card names no network of ours, or its tensors do not fit it.
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
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._type: torch.dtype = fastest_type(self.device) if precision == "auto" else getattr(torch, precision)
        self.width_multiple = int(network.width_multiple)  # type: ignore[arg-type]
        network = network.to(self.device, self._type)
        self._network: nn.Module = nn.utils.convert_conv2d_weight_memory_format(network, torch.channels_last)
        if compiled:
            self._network.compile()
        self._calls: dict[tuple[int, ...], Recorded] = {}
        self.reason = reason
        if lanes > 1:
            torch.set_num_threads(max(1, usable_cores() // lanes))
        self.threads = torch.get_num_threads()
        self.name = f"torch {str(self._type).removeprefix('torch.')} on {self.device.type}"

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Normalised range images (B, 5, H, W) -> logits (B, C, H, W) float32, valid until the next call."""
        call = self._calls.get(inputs.shape)
        if call is None:
            shapes = [(inputs.shape, torch.float32)]
            call = self._calls[inputs.shape] = Recorded(lambda x: (self.logits(x),), shapes, self.device)
        np.copyto(call.inputs[0], inputs)
        return call()[0]

    def logits(self, inputs: Tensor) -> Tensor:
        """A call for tensors (B, 5, H, W) and (B, C, H, W) on `device`; of one thread at a time or of many."""
        x = inputs.to(self._type).contiguous(memory_format=torch.channels_last)
        return self._network(x).float().contiguous()  # type: ignore[no-any-return]

    def twin(self) -> Self:
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


def load_network(model: Model) -> nn.Module:
    """A model's network in evaluation mode, float32.

    Raises:
        InputError: the model is a graph, its card names no network of ours, or its tensors do not fit it.
    """
    if not model.part("network"):
        raise InputError(f"{model.path}: a graph, which torch doesn't run; use the weights it was made of")
    try:
        network = build(model.card.model, len(model.card.classes))
    except InputError as error:
        raise InputError(f"{model.card.file or 'weights'}: {error}") from None
    state = {name: torch.from_numpy(value) for name, value in model.part("network").items()}
    try:
        network.load_state_dict(state)
    except RuntimeError:
        raise InputError(
            f"{model.card.file or 'weights'}: do not fit the network {model.card.model}; train them again"
        ) from None
    return network.eval()
