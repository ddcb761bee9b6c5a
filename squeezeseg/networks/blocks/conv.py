"""The unit that all blocks are made of: convolution, batch norm, activation."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks.architecture import Block


class ConvUnit(nn.Module):
    """Convolution, batch norm if asked for, and an activation: 're' for ReLU, 'id' for none."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d, batch_norm: bool, activation: str = "re") -> None:
        super().__init__()
        self.conv = conv
        self.norm: nn.Module = nn.BatchNorm2d(conv.out_channels) if batch_norm else nn.Identity()
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H, W')."""
        x = self.norm(self.conv(x))
        return torch.relu(x) if self.activation == "re" else x


def conv_unit(block: Block, channels: int, batch_norm: bool) -> ConvUnit:
    """A convolution of `k` x `k` to `c` channels, with stride `s` along the width."""
    size = block["k"]
    conv = nn.Conv2d(channels, block["c"], size, stride=(1, block["s"]), padding=size // 2, bias=bool(block["b"]))
    return ConvUnit(conv, batch_norm, block.activation)
