"""ShuffleNet V1 and V2."""

from __future__ import annotations

from squeezeseg.networks.backbones.description import Backbone, logits

_WIDTHS_V1 = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
"""Channels of stage 2 by groups, at width 1."""
_STEMS_V1 = {0.5: 12, 1.0: 24, 1.5: 24, 2.0: 48}
"""Channels of the first convolution by width."""
_WIDTHS_V2 = {
    0.5: (48, 96, 192, 1024),
    1.0: (116, 232, 464, 1024),
    1.5: (176, 352, 704, 1024),
    2.0: (244, 488, 976, 2048),
}


def shufflenet_v1(groups: int = 3, width: float = 1.0) -> Backbone:
    """Zhang et al., CVPR 2018, table 1: 1,864,728 parameters with three groups at width 1.

    Raises:
        ValueError: no such number of groups, or width.
    """
    if groups not in _WIDTHS_V1:
        raise ValueError(f"shufflenetv1: groups must be one of {', '.join(map(str, _WIDTHS_V1))}, got {groups}")
    if width not in _STEMS_V1:
        raise ValueError(f"shufflenetv1: width must be one of {', '.join(map(str, _STEMS_V1))}, got {width}")
    channels, stem = int(_WIDTHS_V1[groups] * width), _STEMS_V1[width]

    def stage(out: int, repeats: int, ungrouped: str = "") -> tuple[str, str]:
        return f"shuffle_g{groups}_s2_c{out}{ungrouped}", f"shuffle_g{groups}_c{out}_r{repeats}"

    stages = (
        (f"conv_k3_s2_c{stem}_b0",),
        ("pool_k3_s2",),
        stage(channels, 3, "_u1"),  # so few channels come in that groups would starve it
        stage(2 * channels, 7),
        stage(4 * channels, 3),
    )
    return Backbone("shufflenetv1", stages, ("mean", "conv_k1_c1000_b0_bn0_id"))


def shufflenet_v2(width: float = 1.0) -> Backbone:
    """Ma et al., ECCV 2018, table 5: 2,278,604 parameters at width 1.

    Raises:
        ValueError: no such width.
    """
    if width not in _WIDTHS_V2:
        raise ValueError(f"shufflenetv2: width must be one of {', '.join(map(str, _WIDTHS_V2))}, got {width}")
    *channels, last = _WIDTHS_V2[width]
    stages = (
        ("conv_k3_s2_c24_b0",),
        ("pool_k3_s2",),
        *((f"split_s2_c{out}", f"split_c{out}_r{repeats}") for out, repeats in zip(channels, (3, 7, 3), strict=True)),
    )
    return Backbone("shufflenetv2", stages, (f"conv_k1_c{last}_b0", *logits(1000)))
