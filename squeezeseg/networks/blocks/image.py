"""Blocks that see the network's input beside their own."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from squeezeseg.networks.blocks.form import Form


class SeesImage(nn.Module):
    """A block whose `forward` takes the network's input as well.

    halvings: of the input's width, to that of the block's output.
    """

    halvings: int


class PooledImage(SeesImage):
    """Puts the network's input, pooled to the block's width, beside its features (ESPNet's input reinforcement)."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.stride = form.stride(2)

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        """(B, C, H, W) and (B, Cimage, H', W') -> (B, C + Cimage, H, W)."""
        return torch.cat([x, pooled(image, self.halvings, self.stride)], dim=1)


def pooled(image: Tensor, times: int, stride: tuple[int, int]) -> Tensor:
    """So many mean pools one after the other."""
    for _ in range(times):
        image = functional.avg_pool2d(image, 3, stride, 1)
    return image


class Stage(nn.Sequential):
    """Blocks one after the other."""

    def forward(self, x: Tensor, image: Tensor) -> Tensor:  # type: ignore[override]
        """Features, and the network's input for the blocks that want it -> features."""
        for block in self:
            x = block(x, image) if isinstance(block, SeesImage) else block(x)
        return x
