"""ESPNet-C, ESPNet and ESPNetv2: efficient spatial pyramids."""

from __future__ import annotations

from dataclasses import replace

from squeezeseg.networks.backbones.description import Backbone, logits
from squeezeseg.networks.batch_norm import BatchNorm

_NORM = BatchNorm(eps=1e-3)
"""Of the published code of ESPNet; ESPNetv2's has PyTorch's."""


def espnet_c(p: int = 2, q: int = 8, classes: int = 20) -> Backbone:
    """Mehta et al., ECCV 2018, fig. 4, c: 349,449 parameters at 20 classes.

    Its published form labels street scenes of 1024 x 512 pixels, an eighth as wide and high.

    p, q: modules of the two lower levels.
    """
    stages = (
        ("conv_k3_s2_c16_b0_pr", "image", "norm_pr"),
        (f"espdown_c64_n{p}", "image", "norm_pr"),
        (f"espdown_c128_n{q}", "norm_pr"),
    )
    return Backbone("espnet-c", stages, (f"conv_k1_c{classes}_b0_bn0_id",), 512, 1024, classes, norm=_NORM)


def espnet(p: int = 2, q: int = 8, classes: int = 20) -> Backbone:
    """The same with its decoder instead of the classifier (fig. 4, d): 365,109 parameters, labels of all pixels."""
    return replace(espnet_c(p, q, classes), name="espnet", classifier=(), decoder=True)


def espnet_v2(scale: float = 1.0) -> Backbone:
    """Mehta et al., CVPR 2019, table 1: 1,670,072 parameters at scale 1.

    The last strided module is published with layers for the input image that it never uses; they are here, too.
    """
    first = min(32, int(32 * scale))
    widths = [int(32 * scale) * 2**level for level in range(1, 5)]
    stages = (
        (f"conv_k3_s2_c{first}_b0_pr",),
        (f"eesp_s2_c{widths[0]}_d1234_v1",),
        (f"eesp_s2_c{widths[1]}_d1234_v1", f"eesp_c{widths[1]}_d1234_r3"),
        (f"eesp_s2_c{widths[2]}_d1234_v1", f"eesp_c{widths[2]}_d1123_r7"),
        (f"eesp_s2_c{widths[3]}_d1123_v2", f"eesp_c{widths[3]}_d1112_r3"),
    )
    last = 1024 if scale <= 1.5 else 1280
    dense = (f"conv_k3_c{widths[3]}_g{widths[3]}_b0_pr", f"conv_k1_c{last}_g4_b0_pr")
    return Backbone("espnetv2", stages, (*dense, *logits(1000)))
