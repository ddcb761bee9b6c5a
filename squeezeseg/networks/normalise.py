"""Normalisation as a torch module, for graphs and for GPUs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks import encoding
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
        self.shift, self.raised = float(shift), raised
        self.encoding = normalisation.encoding

    def forward(self, channels: Tensor) -> Tensor:
        """Channels (B, 5, H, W) in metres -> the network's input (B, C, H, W), C by the encoding; a new tensor."""
        return cylindrical(channels, self.raised) if self.encoding == "cylindrical" else self.scaled(channels)

    def scaled(self, channels: Tensor) -> Tensor:
        """Channels (B, 5, H, W) in metres -> the same, less the mean and by the deviation, see `Normalisation.scaled`.

        A new tensor.
        """
        normalised = (channels - self.mean) * self.scale
        if self.shift != 0:
            normalised[:, Z].add_(self.shift * (channels[:, RANGE] > 0))
        return normalised


def cylindrical(channels: Tensor, raised: float = 0.0) -> Tensor:
    """`encoding.cylindrical` for tensors, (B, 5, H, W) -> (B, 8, H, W)."""
    _, _, z, intensity, away = channels.unbind(1)
    ground = (away * away - z * z).clamp(min=0).sqrt()
    height, share = z + raised, ground * (1 / encoding.FINE_DISTANCE)
    encoded = [
        intensity.clamp(0, 1),
        torch.ones_like(away),
        ((height + encoding.GROUND) * (1 / encoding.HALF_HEIGHT)).clamp(-1, 1),
        _triangle(height * (1 / encoding.FINE_HEIGHT)),
        (ground * (1 / encoding.HALF_DISTANCE) - 1).clamp(max=1),
        (away - encoding.MIDDLE_RANGE) / (away + encoding.MIDDLE_RANGE),
        _triangle(share),
        _triangle(share + 0.25),
    ]
    whole = (torch.stack(encoded, dim=1) * encoding.LARGEST + 0.5).floor() * encoding.STEP
    return torch.where((away > 0).unsqueeze(1), whole, 0.0)


def _triangle(turns: Tensor) -> Tensor:
    return ((turns - turns.floor()) * 4 - 2).abs() - 1
