"""PyTorch, the reference engine."""

from __future__ import annotations

from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from projection import InputError
from squeezeseg import processor
from squeezeseg.model_file import Model
from squeezeseg.networks import build


class TorchEngine:
    """Runs a model with PyTorch, on CUDA where there is a device.

    precision: "auto" is bfloat16 where the processor or the device multiplies such matrices in hardware,
        else float32.

    Raises:
        InputError: the model's card names no network of ours, or its tensors do not fit it.
    """

    def __init__(self, model: Model, precision: str = "auto", reason: str = "") -> None:
        processor.guard_matrix_unit()
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
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        fast = self._device.type == "cuda" or bool(processor.describe().multiplies_bfloat16)
        self._dtype = torch.bfloat16 if precision == "bfloat16" or (precision == "auto" and fast) else torch.float32
        network = network.eval().to(self._device, self._dtype)
        self._network = nn.utils.convert_conv2d_weight_memory_format(network, torch.channels_last)
        self.width_multiple = int(network.width_multiple)  # type: ignore[arg-type]
        self.reason = reason
        self.threads = torch.get_num_threads()
        self.name = f"torch {str(self._dtype).removeprefix('torch.')} on {self._device.type}"

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Normalised range images (B, 5, H, W) -> logits (B, C, H, W) float32."""
        with torch.inference_mode():
            x = torch.from_numpy(inputs).to(self._device, self._dtype, memory_format=torch.channels_last)
            logits = self._network(x)
            return np.asarray(logits.float().contiguous().cpu().numpy())

    def twin(self) -> Self:
        """Itself: torch keeps nothing of a call in the network."""
        return self
