"""Folded columns and the convolution behind them as one: the same function without moving a number."""

from __future__ import annotations

import copy
from typing import TypeGuard, TypeVar

import torch
from torch import nn

from squeezeseg.networks.blocks import Stage
from squeezeseg.networks.blocks.columns import FoldColumns
from squeezeseg.networks.blocks.conv import ConvUnit

M = TypeVar("M", bound=nn.Module)
_CHANNELS = 16
"""Channels of a column must be a multiple of it. With eight and a stride of four or more, convolutions of OpenVINO
2026.4 give wrong numbers on AMX; with `fast1`'s six, they took 1.2 times as long strided as folded."""


def stride_folds(network: M) -> M:
    """A copy of `network` in which convolutions of folded columns are strided ones of the columns themselves.

    A k x k convolution of n columns in one is one of k x (n k) with stride n. Folding is free where channels lie last
    in memory; engines that keep them elsewhere between layers move every number for it, half the time of
    a network like `fast`.
    """
    network = copy.deepcopy(network)
    for stage in network.modules():
        if isinstance(stage, Stage):
            for i in range(len(stage) - 1):
                fold, unit = stage[i], stage[i + 1]
                if isinstance(fold, FoldColumns) and isinstance(unit, ConvUnit) and _can_stride(unit.conv, fold.count):
                    stage[i], unit.conv = nn.Identity(), _strided(unit.conv, fold.count)
    return network


def _can_stride(conv: nn.Module, folded: int) -> TypeGuard[nn.Conv2d]:
    """True for a plain convolution that keeps the width, of a number of channels that processors like."""
    return (
        type(conv) is nn.Conv2d
        and conv.in_channels % (folded * _CHANNELS) == 0
        and conv.groups == conv.stride[1] == conv.dilation[1] == 1
        and 2 * int(conv.padding[1]) == conv.kernel_size[1] - 1
    )


@torch.no_grad()
def _strided(conv: nn.Conv2d, count: int) -> nn.Conv2d:
    outputs, inputs, rows, columns = conv.weight.shape
    channels, height, width = inputs // count, int(conv.padding[0]), int(conv.padding[1])
    made = nn.Conv2d(
        channels,
        outputs,
        (rows, columns * count),
        (conv.stride[0], count),
        (height, width * count),
        bias=conv.bias is not None,
    ).to(conv.weight)
    # Of a folded column's channels, all of the first column come first.
    weight = conv.weight.view(outputs, count, channels, rows, columns).permute(0, 2, 3, 4, 1)
    made.weight.copy_(weight.reshape(made.weight.shape))
    if conv.bias is not None and made.bias is not None:
        made.bias.copy_(conv.bias)
    return made
