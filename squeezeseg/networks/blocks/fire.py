"""Fire modules, SqueezeNet's building block."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks.architecture import Block
from squeezeseg.networks.blocks.conv import ConvUnit, has_bias


class Fire(nn.Module):
    """Squeeze to few channels, then expand them by 1x1 and 3x3 kernels side by side (SqueezeNet, fig. 1).

    A 'fireup' block has a transposed 1x4 convolution between the two, which doubles the width: SqueezeSeg's
    fire-deconv.
    """

    def __init__(self, block: Block, channels: int, batch_norm: bool) -> None:
        super().__init__()
        squeeze, expand, bias = block["q"], block["e"], has_bias(block, batch_norm)
        self.squeeze = ConvUnit(nn.Conv2d(channels, squeeze, 1, bias=bias), batch_norm, block.activation)
        self.upsample: nn.Module = nn.Identity()
        if block.kind == "fireup":
            deconv = nn.ConvTranspose2d(squeeze, squeeze, (1, 4), stride=(1, 2), padding=(0, 1), bias=bias)
            self.upsample = ConvUnit(deconv, batch_norm, block.activation)
        self.expand1 = ConvUnit(nn.Conv2d(squeeze, expand, 1, bias=bias), batch_norm, block.activation)
        self.expand3 = ConvUnit(nn.Conv2d(squeeze, expand, 3, padding=1, bias=bias), batch_norm, block.activation)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, 2 e, H, W), or twice as wide."""
        x = self.upsample(self.squeeze(x))
        return torch.cat([self.expand1(x), self.expand3(x)], dim=1)
