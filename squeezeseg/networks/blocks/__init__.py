"""Blocks: the torch modules that block strings stand for.

Images are (B, C, H, W). H, the beams, is never reduced, only W is. A block is a function of its specification, its
input's channels and whether convolutions get a batch norm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from torch import nn

from squeezeseg.networks.architecture import Block, Level
from squeezeseg.networks.blocks.columns import FoldColumns
from squeezeseg.networks.blocks.context import ContextAggregation
from squeezeseg.networks.blocks.conv import conv_unit
from squeezeseg.networks.blocks.fire import Fire
from squeezeseg.networks.blocks.residual import Residual

__all__ = ["BUILDERS", "build_block", "build_blocks"]


def _pool(block: Block, *_: object) -> nn.Module:
    return nn.MaxPool2d(block["k"], stride=(1, block["s"]), padding=block["k"] // 2)


BUILDERS: Mapping[str, Callable[[Block, int, bool], nn.Module]] = {
    "conv": conv_unit,
    "res": Residual,
    "fire": Fire,
    "fireup": Fire,
    "pool": _pool,
    "fold": lambda block, *_: FoldColumns(block["n"]),
    "cam": ContextAggregation,
}
"""Builders by kind: of a block, its input's channels, and whether there is batch norm."""


def build_block(block: Block, channels: int, batch_norm: bool) -> nn.Module:
    """One block; of `r` repeats it is one."""
    return BUILDERS[block.kind](block, channels, batch_norm and bool(block["bn"]))


def build_blocks(blocks: Iterable[Block], level: Level, batch_norm: bool) -> nn.Sequential:
    """Blocks one after the other, repeats included, for an input of `level`."""
    modules = []
    for block in blocks:
        for _ in range(block["r"]):
            modules.append(build_block(block, level.channels, batch_norm))
            level = block.after(level)
    return nn.Sequential(*modules)
