"""Context aggregation, SqueezeSegV2's block."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from squeezeseg.networks.block import Block
from squeezeseg.networks.blocks.form import Form


class ContextAggregation(nn.Module):
    """Scales each channel by its surroundings: SqueezeSegV2's shield against missing returns (Wu et al., sec. III.A).

    A 7x7 maximum looks past holes, two 1x1 convolutions make weights between 0 and 1 of it.
    """

    def __init__(self, block: Block, channels: int, form: Form) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // block["d"], 1)
        self.excite = nn.Conv2d(channels // block["d"], channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        around = functional.max_pool2d(x, 7, stride=1, padding=3)
        return x * torch.sigmoid(self.excite(torch.relu(self.squeeze(around))))
