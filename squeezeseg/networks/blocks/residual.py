"""Residual blocks."""

from __future__ import annotations

from torch import Tensor, nn

from squeezeseg.networks.architecture import Block
from squeezeseg.networks.blocks.conv import ACTIVATIONS, ConvUnit, has_bias


class Residual(nn.Module):
    """Two convolutions around which the input is led (He et al., CVPR 2016, fig. 2)."""

    def __init__(self, block: Block, channels: int, batch_norm: bool) -> None:
        super().__init__()

        def unit(activation: str) -> ConvUnit:
            size, bias = block["k"], has_bias(block, batch_norm)
            conv = nn.Conv2d(channels, channels, size, padding=size // 2, bias=bias)
            return ConvUnit(conv, batch_norm, activation)

        self.first = unit(block.activation)
        self.second = unit("id")
        self.activation = ACTIVATIONS[block.activation](channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return self.activation(x + self.second(self.first(x)))  # type: ignore[no-any-return]
