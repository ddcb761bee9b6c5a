"""Reach: how far to either side a network sees. Nothing here needs PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.block import Block, Level

_OF_BLOCKS: Mapping[str, Callable[[Block], int]] = {
    "conv": lambda block: block["k"] // 2,
    "res": lambda block: 2 * (block["k"] // 2),
    "fire": lambda _: 1,
    "fireup": lambda _: 2,  # the transposed convolution's column, and half of one at twice the width
    "sep": lambda block: block["k"] // 2,
    "ir": lambda block: block["k"] // 2,
    "shuffle": lambda _: 1,
    "split": lambda _: 1,
    "eesp": lambda block: max(map(int, str(block["d"]))),
    "pool": lambda block: block["k"] // 2,
    "cam": lambda _: 3,
    "norm": lambda _: 0,
    "fold": lambda _: 0,
}
"""Columns of a block's input that a column of its output sees to either side, by kind."""
LRASPP_LOW_STRIDE = 8
"""The most that the finer level of LR-ASPP has."""
LRASPP_WINDOW = 256
"""Columns of the range image that its gate looks at, 45 degrees: in a full turn the mean of all would say little."""
_WHOLE = ("se", "si")
"""Options with which a block sees the whole image."""


def reach(architecture: Architecture) -> int:
    """Columns of the image that a network's answer for a column depends on, to either side; rather more than less.

    Raises:
        ValueError: it sees the whole image, or that isn't known.

    Example:
        >>> reach(ARCHITECTURES["fast"])
        335
    """
    levels = architecture.levels
    within = sum(_along(blocks, level) for blocks, level in zip(architecture.blocks, levels, strict=False))
    # A column stands for all those that its deepest one was made of.
    return within + _of_head(architecture) + levels[-1].stride - 1


def _along(blocks: tuple[Block, ...], level: Level) -> int:
    """Of blocks one after the other."""
    columns = 0
    for block in blocks:
        for one in block.repeats:
            sees_image = one.kind == "eesp" and one["v"] == 1
            if one.kind not in _OF_BLOCKS or sees_image or any(one[option] for option in _WHOLE):
                raise ValueError(f"{one}: sees the whole image, or it isn't known how far")
            columns += level.stride * _OF_BLOCKS[one.kind](one)
            level = one.after(level)
    return columns


def _of_head(architecture: Architecture) -> int:
    kind, blocks = architecture.head[0], architecture.head_blocks
    _, *finer, deepest = architecture.levels
    if kind == "unfold":
        merged = sum(_along((block,), level) for block, level in zip(blocks, reversed(finer), strict=False))
        return merged + (finer[0] if finer else deepest).stride
    if kind == "fire_deconv":
        return _along(blocks, deepest) + 1
    if kind == "lraspp":
        low = max((level.stride for level in finer if level.stride <= LRASPP_LOW_STRIDE), default=1)
        gated = (LRASPP_WINDOW // deepest.stride + 1) // 2 * deepest.stride
        return gated + deepest.stride + low  # and a column of each that is interpolated
    raise ValueError(f"architecture {architecture.name[:40]!r}: it isn't known how far a head {kind[:40]!r} sees")
