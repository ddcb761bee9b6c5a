"""SqueezeDet and SqueezeDet+: SqueezeNet, two fire modules more, and ConvDet (Wu et al., arXiv 1612.01051).

The official code pads its even images on one side only, as TensorFlow does; here both sides are padded, which makes
grids of the same size and moves features by one pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from squeezeseg.detection.anchors import SHAPES, anchors
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.blocks import Form, build_block
from squeezeseg.networks.initialise import initialise

CLASSES = ("Car", "Pedestrian", "Cyclist")
"""KITTI's object types that are detected, in the order of the published class logits."""
MEANS = (103.939, 116.779, 123.68)
"""Blue, green and red that are subtracted from an image: ImageNet's."""
DROPOUT = 0.5
FORM = Form(square=True)
_START = 1e-4
"""Standard deviation of ConvDet's weights at the start."""


@dataclass(frozen=True)
class Variant:
    """A published network.

    layers: block strings; padded: whether convolution and pools pad, as SqueezeDet's do, or
    see whole windows only. width, height: of the images that it was published for, which its anchors are of.
    """

    name: str
    layers: tuple[str, ...]
    padded: bool
    width: int
    height: int


def _fires(*sizes: tuple[int, int]) -> tuple[str, ...]:
    return tuple(f"fire_q{squeezed}_e{expanded}" for squeezed, expanded in sizes)


VARIANTS: Mapping[str, Variant] = {
    "squeezedet": Variant(
        "squeezedet",
        (
            "conv_k3_s2_c64", "pool_s2", *_fires((16, 64), (16, 64)), "pool_s2", *_fires((32, 128), (32, 128)),
            "pool_s2", *_fires((48, 192), (48, 192), (64, 256), (64, 256), (96, 384), (96, 384)),
        ),
        True, 1248, 384,
    ),
    "squeezedet+": Variant(
        "squeezedet+",
        (
            "conv_k7_s2_c96_p0", "pool_s2", *_fires((96, 64), (96, 64), (192, 128)), "pool_s2",
            *_fires((192, 128), (288, 192), (288, 192), (384, 256)), "pool_s2",
            *_fires((384, 256), (384, 256), (384, 256)),
        ),
        False, 1242, 375,
    ),
}  # fmt: skip
"""SqueezeDet on SqueezeNet 1.1, SqueezeDet+ on SqueezeNet 1.0 with three squeezed channels for four expanded ones."""


class SqueezeDet(nn.Module):
    """Images to ConvDet's numbers.

    variant: one of `VARIANTS`. width, height: of its images, in pixels. grid: columns and rows of cells.

    Example:
        >>> network = SqueezeDet(VARIANTS["squeezedet"])
        >>> network(torch.zeros(1, 3, 384, 1248)).shape
        torch.Size([1, 72, 24, 78])
    """

    def __init__(self, variant: Variant, width: int | None = None, height: int | None = None) -> None:
        super().__init__()
        self.variant = variant
        self.width, self.height = width or variant.width, height or variant.height
        self.grid = self.width, self.height
        level, layers = Level(3, 1), list[nn.Module]()
        for text in variant.layers:
            block = Block.parse(text)
            padding = block["k"] // 2 if variant.padded else 0
            if block.kind == "pool":
                layers.append(nn.MaxPool2d(block["k"], 2, padding))
            else:
                layers.append(build_block(block, level.channels, FORM))
                level = block.after(level)
            if block["s"] > 1:
                columns, rows = self.grid
                self.grid = _after(columns, block["k"], padding), _after(rows, block["k"], padding)
        self.trunk = nn.Sequential(*layers)
        initialise(self.trunk)
        self.dropout = nn.Dropout(DROPOUT)
        outputs = len(SHAPES) * (len(CLASSES) + 1 + 4)
        self.convdet = nn.Conv2d(level.channels, outputs, 3, padding=1)
        nn.init.trunc_normal_(self.convdet.weight, std=_START, a=-2 * _START, b=2 * _START)
        bias = self.convdet.bias
        assert bias is not None
        nn.init.zeros_(bias)

    @property
    def anchors(self) -> NDArray[np.float64]:
        """(A, 4) float64, nine of each cell, row after row: the published anchors, scaled to images of this size."""
        scale = self.width / self.variant.width, self.height / self.variant.height
        return anchors(self.grid, (self.width, self.height), scale)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, 3, height, width), blue, green and red minus `MEANS` -> (B, 72, rows, columns).

        The published order: of each cell 9 x 3 class logits, nine confidences, 9 x 4 deltas, see `decoding`.
        """
        return self.convdet(self.dropout(self.trunk(images)))  # type: ignore[no-any-return]


def _after(size: int, kernel: int, padding: int) -> int:
    """Pixels along one side of an image behind a layer of stride 2."""
    return (size + 2 * padding - kernel) // 2 + 1
