"""EfficientNet: one small network, and its compound scaling."""

from __future__ import annotations

import math

from squeezeseg.networks.backbones.description import Backbone, logits
from squeezeseg.networks.batch_norm import BatchNorm
from squeezeseg.networks.channels import divisible

SCALES = (
    (1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 260), (1.2, 1.4, 300),
    (1.4, 1.8, 380), (1.6, 2.2, 456), (1.8, 2.6, 528), (2.0, 3.1, 600),
)  # fmt: skip
"""Width, depth and resolution of B0 to B7; by the rule they are 1.1^phi, 1.2^phi and 1.15^phi of B0's."""
_NORM = BatchNorm(eps=1e-3, momentum=0.01)
"""Of the published code; torchvision's copies have PyTorch's for B0 to B4."""
_STAGES = (
    ((1, 3, 1, 0, 16),), ((2, 3, 2, 6, 24),), ((2, 5, 2, 6, 40),),
    ((3, 3, 2, 6, 80), (3, 5, 1, 6, 112)), ((4, 5, 2, 6, 192), (1, 3, 1, 6, 320)),
)  # fmt: skip
"""Repeats, kernel, stride, expansion and channels of B0's blocks."""


def efficientnet(phi: int = 0) -> Backbone:
    """Tan and Le, ICML 2019, table 1: B0 has 5,288,548 parameters, B7 66,347,960.

    Raises:
        ValueError: phi isn't 0 to 7.
    """
    if not 0 <= phi < len(SCALES):
        raise ValueError(f"efficientnet: there are b0 to b{len(SCALES) - 1}, not b{phi}")
    width, depth, resolution = SCALES[phi]

    def block(repeats: int, kernel: int, stride: int, expansion: int, channels: int) -> str:
        within = f"_e{expansion}" if expansion else ""
        strided = f"_s{stride}" if stride > 1 else ""
        return f"ir_k{kernel}{strided}{within}_si4_c{divisible(channels * width)}_r{math.ceil(repeats * depth)}_sw"

    first, *rest = (tuple(block(*row) for row in rows) for rows in _STAGES)
    stages = ((f"conv_k3_s2_c{divisible(32 * width)}_b0_sw", *first), *rest)
    last = f"conv_k1_c{divisible(1280 * width)}_b0_sw"
    ends = (last, *logits(1000))
    return Backbone(f"efficientnet-b{phi}", stages, ends, resolution, resolution, norm=_NORM)
