"""How much a change of a network's weights changes what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from squeezeseg.engines.torch_engine import load_network
from squeezeseg.weights import Model


class Sensitivity:
    """A network and pictures that it is asked about, as it is and with other weights in some layers.

    images: normalised range images (C, H, W). seen: (H, W) of each, True where there is a return.
    """

    def __init__(self, model: Model, images: Iterable[NDArray[np.float32]], seen: Iterable[NDArray[np.bool_]]) -> None:
        # Channels last: in 0.6 of the time.
        self._network = nn.utils.convert_conv2d_weight_memory_format(load_network(model), torch.channels_last)
        self._parameters = dict(self._network.named_parameters())
        self._images = [torch.from_numpy(image)[None].to(memory_format=torch.channels_last) for image in images]
        self._seen = [torch.from_numpy(one) for one in seen]
        self._before = [self._logs(image, seen) for image, seen in zip(self._images, self._seen, strict=True)]

    @torch.inference_mode()
    def damage(self, changed: Mapping[str, NDArray[np.float32]]) -> float:
        """Kullback-Leibler divergence of the classes' probabilities from those before, in nats a pixel with a return.

        changed: other weights by the names of the network's.
        """
        kept = {name: self._parameters[name].clone() for name in changed}
        try:
            for name, value in changed.items():
                self._parameters[name].copy_(torch.from_numpy(value))
            total = sum(
                float((logs.exp() * (logs - self._logs(image, seen))).sum())
                for image, seen, logs in zip(self._images, self._seen, self._before, strict=True)
            )
        finally:
            for name, before in kept.items():
                self._parameters[name].copy_(before)
        return total / sum(int(seen.sum()) for seen in self._seen)

    @torch.inference_mode()
    def _logs(self, image: Tensor, seen: Tensor) -> Tensor:
        """Logarithms of probabilities (classes, pixels)."""
        logits = self._network(image)["logits"][0]
        return torch.log_softmax(logits[:, seen].double(), dim=0)
