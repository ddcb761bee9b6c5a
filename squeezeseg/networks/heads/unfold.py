"""A head that unfolds channels into columns: the inverse of a backbone that folds them."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.blocks import Form, build_block
from squeezeseg.networks.blocks.columns import unfold_columns
from squeezeseg.networks.blocks.conv import ConvUnit
from squeezeseg.networks.initialise import initialise, initialise_classifier


class Unfold(nn.Module):
    """1x1 convolutions and unfolding up to the finest level, each step with the level of its width added and merged.

    The architecture's head gives the block that merges, for each level but the deepest from there upwards. Behind the
    finest level a 3x3 convolution makes logits of all columns that it stands for.
    """

    def __init__(self, architecture: Architecture, classes: int, form: Form) -> None:
        super().__init__()
        _, *levels = architecture.levels
        self.columns = levels[0].stride
        self.strides = [deep.stride // fine.stride for fine, deep in pairwise(levels)][::-1]
        ups, merges = [], []
        above = levels[::-1]
        for deep, fine, block in zip(above, above[1:], architecture.head_blocks, strict=False):
            conv = nn.Conv2d(deep.channels, deep.stride // fine.stride * fine.channels, 1)
            ups.append(ConvUnit(conv, form.batch_norm))
            merges.append(build_block(block, fine.channels, form))
            if block.after(fine) != fine:
                raise ValueError(f"architecture {architecture.name!r}: {block} must keep {fine.channels} channels")
        if len(architecture.head_blocks) != len(levels) - 1:
            raise ValueError(f"architecture {architecture.name!r}: its head needs {len(levels) - 1} merging blocks")
        self.ups, self.merges = nn.ModuleList(ups), nn.ModuleList(merges)
        self.dropout = nn.Dropout2d(architecture.dropout)
        self.classifier = nn.Conv2d(levels[0].channels, classes * self.columns, 3, padding=1)
        initialise(self)
        initialise_classifier(self.classifier)

    def forward(self, features: list[Tensor]) -> Tensor:
        """Features of each level, the input first -> logits (B, classes, H, W)."""
        return self.logits(self.merged(features))

    def merged(self, features: list[Tensor]) -> Tensor:
        """Features of each level, the input first -> those of all together at the finest level's width."""
        _, *finer, x = features
        for up, stride, merge, feature in zip(self.ups, self.strides, self.merges, reversed(finer), strict=True):
            x = merge(unfold_columns(up(x), stride) + feature)
        return x

    def logits(self, merged: Tensor) -> Tensor:
        """Merged features -> logits (B, classes, H, W)."""
        return unfold_columns(self.classifier(self.dropout(merged)), self.columns)
