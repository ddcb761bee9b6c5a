"""Layer cases: what is timed, so that a network is a sum of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from data.labels import CLASSES
from squeezeseg.networks import Architecture
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.reach import LRASPP_LOW_STRIDE


@dataclass(frozen=True)
class LayerCase:
    """A block, or a head, on an input of one size. Batch norm is folded away.

    block: of one repeat. Several that engines run as one have blanks between them, 'fold_n8 conv_k3_c32', and so have a
    head's name and its blocks, 'unfold conv_k3_c32 res'.
    channels, height, width: of the block's input; of a head, those of the image, 0 channels where it doesn't see it.
    levels: of what it reads besides. A head: channels and stride of each stage, the deepest last. A block that sees the
    image: its channels, and how many of its columns there are for one of the block's input.
    classes: of a head; 0 for a block.

    Example:
        >>> str(cases_of(ARCHITECTURES["fast"], 64, 512)[0])
        'fold_n8 conv_k3_c32 on 8 x 64 x 512'
    """

    block: str
    channels: int
    height: int
    width: int
    levels: tuple[Level, ...] = ()
    classes: int = 0

    def __str__(self) -> str:
        levels = ", ".join(f"{channels} at stride {stride}" for channels, stride in self.levels)
        beside = f" with levels of {levels}" if self.classes else f" with the image of {levels}" if levels else ""
        return f"{self.block} on {self.channels} x {self.height} x {self.width}{beside}"


def cases_of(architecture: Architecture, height: int, width: int, classes: int = len(CLASSES)) -> list[LayerCase]:
    """The cases whose times add up to that of a network for images of a size, its head last."""
    image, *levels = architecture.levels
    cases = list[LayerCase]()
    for blocks, level in zip(architecture.blocks, architecture.levels, strict=False):
        cases += stage_cases(blocks, level, image.channels, height, width)
    return [*cases, head_case(architecture.head, (image, *levels), height, width, classes)]


def stage_cases(
    blocks: Iterable[Block], level: Level, image_channels: int, height: int, width: int
) -> Iterator[LayerCase]:
    """The cases of blocks one after the other, repeats included, for an input of `level`.

    A fold is of one case with the block behind it, for it may become that one's stride; see `stride_folds`.

    width: of the image.
    """
    folded, start = list[str](), level
    for block in (one for several in blocks for one in several.repeats):
        sees = (Level(image_channels, level.stride),) if _sees_image(block) else ()
        level = block.after(level, image_channels)
        folded.append(str(block))
        if block.kind != "fold":
            yield LayerCase(" ".join(folded), start.channels, height, width // start.stride, sees)
            folded, start = [], level
    if folded:
        yield LayerCase(" ".join(folded), start.channels, height, width // start.stride)


def head_case(
    head: tuple[str, ...], levels: tuple[Level, ...], height: int, width: int, classes: int = len(CLASSES)
) -> LayerCase:
    """The case of a head.

    head: its name and its blocks, as in an `Architecture`. levels: of the image and of each stage.
    height, width: of the image.
    """
    image, *stages = levels
    if head[0] == "lraspp":  # it sees the deepest, and the deepest of those that are fine enough
        fine = [level for level in stages[:-1] if level.stride <= LRASPP_LOW_STRIDE]
        stages = [*fine[-1:], stages[-1]]
    channels = image.channels if head[0] == "fire_deconv" else 0
    return LayerCase(" ".join(head), channels, height, width, tuple(stages), classes)


def _sees_image(block: Block) -> bool:
    return block.kind == "image" or (block.kind == "eesp" and block["v"] == 1)
