"""Residual blocks."""

from __future__ import annotations

from torch import Tensor, nn

from squeezeseg.networks.block import Block
from squeezeseg.networks.blocks.conv import ACTIVATIONS, ConvUnit, convolution, has_bias
from squeezeseg.networks.blocks.form import Form


class Residual(nn.Module):
    """Two convolutions around which the input is led (He et al., CVPR 2016, fig. 2)."""

    def __init__(self, block: Block, channels: int, form: Form) -> None:
        super().__init__()

        def unit(activation: str) -> ConvUnit:
            conv = convolution(form, channels, channels, block["k"], bias=has_bias(block, form.batch_norm))
            return ConvUnit(conv, form.batch_norm, activation)

        self.first = unit(block.activation)
        self.second = unit("id")
        self.activation = ACTIVATIONS[block.activation](channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return self.activation(x + self.second(self.first(x)))  # type: ignore[no-any-return]
