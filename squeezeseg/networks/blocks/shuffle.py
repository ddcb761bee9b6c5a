"""ShuffleNet's units: grouped or split convolutions, and the shuffle that lets their channels meet."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks.block import Block
from squeezeseg.networks.blocks.conv import unit
from squeezeseg.networks.blocks.form import Form


class ChannelShuffle(nn.Module):
    """Channels of `groups` groups one after the other become one of each in turn (Zhang et al., CVPR 2018, fig. 1)."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        batch, channels, height, width = x.shape
        grouped = x.view(batch, self.groups, channels // self.groups, height, width)
        return grouped.transpose(1, 2).reshape(batch, channels, height, width)


class ShuffleUnit(nn.Module):
    """Grouped 1x1, shuffle, depthwise 3x3 without activation, grouped 1x1, around it the input (fig. 2, b and c).

    With a stride the input's mean pool is put beside, not added. Bottleneck: a quarter of the output's channels.
    """

    def __init__(self, block: Block, channels: int, form: Form) -> None:
        super().__init__()
        groups, within, self.strided = block["g"], block["c"] // 4, block["s"] > 1
        out = block["c"] - channels if self.strided else block["c"]
        if not self.strided and channels != out:
            raise ValueError(f"{block}: without a stride it keeps its {channels} channels")
        self.layers = nn.Sequential(
            unit(form, channels, within, groups=1 if block["u"] else groups),
            ChannelShuffle(groups),
            unit(form, within, within, 3, "id", stride=block["s"], groups=within),
            unit(form, within, out, 1, "id", groups=groups),
        )
        self.pool = nn.AvgPool2d(3, form.stride(block["s"]), 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H', W / stride)."""
        out: Tensor = self.layers(x)
        return torch.cat([self.pool(x), torch.relu(out)], dim=1) if self.strided else torch.relu(x + out)


class SplitUnit(nn.Module):
    """Half of the channels go through 1x1, depthwise 3x3 and 1x1, half pass; then both are shuffled.

    With a stride all go through, and through a depthwise 3x3 and a 1x1 instead of passing (Ma et al., ECCV 2018,
    fig. 3, c and d).
    """

    def __init__(self, block: Block, channels: int, form: Form) -> None:
        super().__init__()
        half, self.strided = block["c"] // 2, block["s"] > 1
        inputs = channels if self.strided else channels // 2
        if not self.strided and channels != block["c"]:
            raise ValueError(f"{block}: without a stride it keeps its {channels} channels")
        self.branch = nn.Sequential(
            unit(form, inputs, half),
            unit(form, half, half, 3, "id", stride=block["s"], groups=half),
            unit(form, half, half),
        )
        self.passing: nn.Module = nn.Identity()
        if self.strided:
            self.passing = nn.Sequential(
                unit(form, channels, channels, 3, "id", stride=block["s"], groups=channels), unit(form, channels, half)
            )
        self.shuffle = ChannelShuffle(2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H', W / stride)."""
        passing, through = (x, x) if self.strided else x.chunk(2, dim=1)
        return self.shuffle(torch.cat([self.passing(passing), self.branch(through)], dim=1))  # type: ignore[no-any-return]
