"""Residual blocks."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks.architecture import Block
from squeezeseg.networks.blocks.conv import ConvUnit


class Residual(nn.Module):
    """Two convolutions around which the input is led (He et al., CVPR 2016, fig. 2)."""

    def __init__(self, block: Block, channels: int, batch_norm: bool) -> None:
        super().__init__()

        def unit(activation: str) -> ConvUnit:
            size = block["k"]
            conv = nn.Conv2d(channels, channels, size, padding=size // 2, bias=bool(block["b"]))
            return ConvUnit(conv, batch_norm, activation)

        self.first = unit("re")
        self.second = unit("id")

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return torch.relu(x + self.second(self.first(x)))
