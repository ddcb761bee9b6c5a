"""Folding: neighbouring columns as channels of one (space to depth along the width), and back."""

from __future__ import annotations

from torch import Tensor, nn


def fold_columns(x: Tensor, count: int) -> Tensor:
    """Each `count` neighbouring columns become one with their channels: (B, C, H, W) -> (B, count C, H, W / count).

    All channels of the first column come first. With channels last in memory nothing is moved.
    """
    batch, channels, height, width = x.shape
    folded = x.permute(0, 2, 3, 1).reshape(batch, height, width // count, count * channels)
    return folded.permute(0, 3, 1, 2)


def unfold_columns(x: Tensor, count: int) -> Tensor:
    """The inverse of `fold_columns`: (B, count C, H, W) -> (B, C, H, W count)."""
    batch, channels, height, width = x.shape
    unfolded = x.permute(0, 2, 3, 1).reshape(batch, height, width * count, channels // count)
    return unfolded.permute(0, 3, 1, 2)


class FoldColumns(nn.Module):
    """`fold_columns` as a block."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, count C, H, W / count)."""
        return fold_columns(x, self.count)
