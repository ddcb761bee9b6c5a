"""MobileNet V1, V2 and V3: depthwise convolutions, inverted residuals, squeeze-and-excitation."""

from __future__ import annotations

from squeezeseg.networks.backbones.description import Backbone, logits
from squeezeseg.networks.batch_norm import BatchNorm
from squeezeseg.networks.channels import divisible

_NORM_V3 = BatchNorm(eps=1e-3, momentum=0.01)
"""As torchvision has it; its V2, and V1 here, have PyTorch's."""


def mobilenet_v1(width: float = 1.0, resolution: int = 224) -> Backbone:
    """Howard et al., 2017, table 1: 4,231,976 parameters at width 1.

    width: alpha, of all channels. resolution: rho, of the pictures.
    """

    def pair(channels: int, stride: int = 1, repeats: int = 1) -> str:
        more = f"_r{repeats}" if repeats > 1 else ""
        return f"sep_k3{'_s2' if stride > 1 else ''}_c{max(8, int(channels * width))}{more}"

    stages = (
        (f"conv_k3_s2_c{max(8, int(32 * width))}_b0", pair(64)),
        (pair(128, 2), pair(128)),
        (pair(256, 2), pair(256)),
        (pair(512, 2), pair(512, repeats=5)),
        (pair(1024, 2), pair(1024)),
    )
    return Backbone("mobilenetv1", stages, logits(1000), resolution, resolution)


def mobilenet_v2(width: float = 1.0) -> Backbone:
    """Sandler et al., CVPR 2018, table 2: 3,504,872 parameters at width 1."""

    def rows(factor: int, channels: int, repeats: int, stride: int) -> str:
        within = f"_e{factor}" if factor > 1 else ""
        return f"ir_k3{'_s2' if stride > 1 else ''}{within}_c{divisible(channels * width)}_r{repeats}_re6"

    stages = (
        (f"conv_k3_s2_c{divisible(32 * width)}_b0_re6", rows(1, 16, 1, 1)),
        (rows(6, 24, 2, 2),),
        (rows(6, 32, 3, 2),),
        (rows(6, 64, 4, 2), rows(6, 96, 3, 1)),
        (rows(6, 160, 3, 2), rows(6, 320, 1, 1)),
    )
    last = divisible(1280 * max(1.0, width))
    return Backbone("mobilenetv2", stages, (f"conv_k1_c{last}_b0_re6", *logits(1000)))


def mobilenet_v3_large() -> Backbone:
    """Howard et al., ICCV 2019, table 1: 5,483,032 parameters."""
    stages = (
        ("conv_k3_s2_c16_b0_hs", "ir_k3_c16"),
        ("ir_k3_s2_m64_c24", "ir_k3_m72_c24"),
        ("ir_k5_s2_m72_se4_c40", "ir_k5_m120_se4_c40_r2"),
        (
            "ir_k3_s2_m240_c80_hs",
            "ir_k3_m200_c80_hs",
            "ir_k3_m184_c80_hs_r2",
            "ir_k3_m480_se4_c112_hs",
            "ir_k3_m672_se4_c112_hs",
        ),
        ("ir_k5_s2_m672_se4_c160_hs", "ir_k5_m960_se4_c160_hs_r2", "conv_k1_c960_b0_hs"),
    )
    return Backbone(
        "mobilenetv3-large", stages, ("mean", "conv_k1_c1280_bn0_hs", "conv_k1_c1000_bn0_id"), norm=_NORM_V3
    )


def mobilenet_v3_small() -> Backbone:
    """Howard et al., ICCV 2019, table 2: 2,542,856 parameters with the classifier of 1,024 channels."""
    stages = (
        ("conv_k3_s2_c16_b0_hs",),
        ("ir_k3_s2_se4_c16",),
        ("ir_k3_s2_m72_c24", "ir_k3_m88_c24"),
        (
            "ir_k5_s2_m96_se4_c40_hs",
            "ir_k5_m240_se4_c40_hs_r2",
            "ir_k5_m120_se4_c48_hs",
            "ir_k5_m144_se4_c48_hs",
        ),
        ("ir_k5_s2_m288_se4_c96_hs", "ir_k5_m576_se4_c96_hs_r2", "conv_k1_c576_b0_hs"),
    )
    return Backbone(
        "mobilenetv3-small", stages, ("mean", "conv_k1_c1024_bn0_hs", "conv_k1_c1000_bn0_id"), norm=_NORM_V3
    )
