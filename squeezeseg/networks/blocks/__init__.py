"""Blocks: the torch modules that block strings stand for.

Images are (B, C, H, W). In the form for range images H, the beams, is never reduced, only W is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from torch import nn

from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.blocks.columns import FoldColumns
from squeezeseg.networks.blocks.context import ContextAggregation
from squeezeseg.networks.blocks.conv import conv_unit
from squeezeseg.networks.blocks.esp import Eesp, Esp, EspDown
from squeezeseg.networks.blocks.fire import Fire
from squeezeseg.networks.blocks.form import Form
from squeezeseg.networks.blocks.image import PooledImage, SeesImage, Stage
from squeezeseg.networks.blocks.norm import NormUnit
from squeezeseg.networks.blocks.residual import Residual
from squeezeseg.networks.blocks.separable import InvertedResidual, Separable
from squeezeseg.networks.blocks.shuffle import ShuffleUnit, SplitUnit

__all__ = ["BUILDERS", "Form", "Stage", "build_block", "build_blocks"]


def _pool(block: Block, _: int, form: Form) -> nn.Module:
    size = block["k"]
    if form.square and block["p"] >= 0:
        return nn.MaxPool2d(size, block["s"], block["p"], ceil_mode=True)
    return nn.MaxPool2d(size, form.stride(block["s"]), size // 2)


BUILDERS: Mapping[str, Callable[[Block, int, Form], nn.Module]] = {
    "conv": conv_unit,
    "res": Residual,
    "fire": Fire,
    "fireup": Fire,
    "sep": Separable,
    "ir": InvertedResidual,
    "shuffle": ShuffleUnit,
    "split": SplitUnit,
    "esp": lambda block, channels, form: Esp(channels, block["c"], block["s"], form),
    "espdown": EspDown,
    "image": lambda _, __, form: PooledImage(form),
    "norm": lambda block, channels, _: NormUnit(channels, block.activation),
    "pool": _pool,
    "mean": lambda *_: nn.AdaptiveAvgPool2d(1),
    "fold": lambda block, *_: FoldColumns(block["n"]),
    "cam": ContextAggregation,
}
"""Builders by kind: of a block, its input's channels, and the form. 'eesp' wants the image's channels as well."""


def build_block(block: Block, channels: int, form: Form, image_channels: int = 0) -> nn.Module:
    """One block; of `r` repeats it is one. image_channels: of the network's input."""
    if block.kind == "eesp":
        return Eesp(block, channels, form, image_channels)
    return BUILDERS[block.kind](block, channels, replace(form, batch_norm=form.batch_norm and bool(block["bn"])))


def build_blocks(blocks: Iterable[Block], level: Level, form: Form, image_channels: int) -> Stage:
    """Blocks one after the other, repeats included, for an input of `level`."""
    modules = []
    for block in blocks:
        for one in block.repeats:
            module = build_block(one, level.channels, form, image_channels)
            level = one.after(level, image_channels)
            if isinstance(module, SeesImage):
                module.halvings = level.stride.bit_length() - 1
            modules.append(module)
    return Stage(*modules)
