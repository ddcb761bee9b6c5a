"""Normalisation as a torch module, for graphs and for GPUs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks.normalisation import RANGE, Normalisation, Z


class Normalise(nn.Module):
    """`Normalisation` for tensors. raised: metres that the sensor sits higher than the one of the training scans."""

    mean: Tensor
    scale: Tensor

    def __init__(self, normalisation: Normalisation, raised: float = 0.0) -> None:
        super().__init__()
        mean, scale, shift = normalisation.factors(raised)
        self.register_buffer("mean", torch.from_numpy(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("scale", torch.from_numpy(scale).view(1, -1, 1, 1), persistent=False)
        self.shift = float(shift)

    def forward(self, channels: Tensor) -> Tensor:
        """Channels (B, 5, H, W) in metres -> the same, normalised; a new tensor."""
        normalised = (channels - self.mean) * self.scale
        if self.shift != 0:
            normalised[:, Z].add_(self.shift * (channels[:, RANGE] > 0))
        return normalised
