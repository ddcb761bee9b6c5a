"""What a space is made of: rows of layers, and the frames around them, as templates of block strings.

A template is a block string in which '{c}' stands for a row's width, '{half}' and '{quarter}' for parts of it; several
blocks have blanks between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from squeezeseg.networks.block import Block

SKIP = "skip"
"""Stands for no block at all."""


@dataclass(frozen=True)
class Row:
    """A row of layers of one width, which is to be chosen, as each layer is.

    widths: numbers of channels. entries: what may lead from the row before into this one, all with the same stride.
    layers: how many layers follow. blocks: what each of them may be; with SKIP among them, the row may be shorter.
    level: whether a level ends here, for the head.
    """

    widths: tuple[int, ...]
    entries: tuple[str, ...] = (SKIP,)
    layers: int = 0
    blocks: tuple[str, ...] = ()
    level: bool = True


@dataclass(frozen=True)
class Frame:
    """The two ends of a network, which are chosen together, for not every head fits every stem.

    stem: leads from the image to the first row's width. head: its kind, then a template for each step from the deepest
    level upwards, in which '{c1}', '{half1}' and '{quarter1}' are of the first level, '{c2}' and so on of the next.
    """

    stem: str
    head: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.stem} ... {' '.join(self.head)}"


def sizes(width: int, number: int | str = "") -> Mapping[str, int]:
    """The values of a template's names. number: of the level, in a head."""
    return {f"c{number}": width, f"half{number}": width // 2, f"quarter{number}": width // 4}


def blocks_of(template: str, width: int) -> tuple[str, ...]:
    """The block strings of a template, none of SKIP.

    Example:
        >>> blocks_of("fold_n2 conv_k3_c{c}", 32)
        ('fold_n2', 'conv_k3_c32')
    """
    return () if template == SKIP else tuple(template.format(**sizes(width)).split())


def stride_of(template: str, width: int) -> int:
    """Columns that a template makes one of."""
    stride = 1
    for block in map(Block.parse, blocks_of(template, width)):
        stride *= block["n"] if block.kind == "fold" else block["s"]
    return stride


def head_of(frame: Frame, widths: Sequence[int]) -> tuple[str, ...]:
    """The head of a frame above levels of these widths."""
    values = {name: value for number, width in enumerate(widths, 1) for name, value in sizes(width, number).items()}
    return tuple(template.format(**values) for template in frame.head)
