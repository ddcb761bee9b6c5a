"""SqueezeNet: AlexNet's accuracy with 50 times fewer parameters (Iandola et al., 2016)."""

from __future__ import annotations

from squeezeseg.networks.backbones.description import Backbone

_FIRES = 8
_CLASSIFIER = ("conv_k1_c1000_bn0", "mean")


def squeezenet1_0(
    base: int = 128,
    increment: int = 128,
    freq: int = 2,
    ratio: float = 0.125,
    pct3x3: float = 0.5,
    *,
    bypass: bool = False,
) -> Backbone:
    """SqueezeNet 1.0 and its metaparameters (section 5): 1,248,424 parameters as they are.

    base: channels of the first fire module's expansion; each `freq` modules it grows by `increment`.
    ratio: of a module's squeezed channels to its expanded ones. pct3x3: share of 3x3 kernels among the expanded.
    bypass: simple bypass, around fire3, 5, 7 and 9 (section 6).

    Raises:
        ValueError: the metaparameters give no whole numbers of channels.
    """
    if freq < 1:
        raise ValueError(f"squeezenet1.0: freq must be 1 or more, got {freq}")
    fires = []
    for i in range(_FIRES):
        expanded = base + increment * (i // freq)
        sizes = (ratio * expanded, (1 - pct3x3) * expanded, pct3x3 * expanded)
        if any(size != int(size) for size in sizes):
            raise ValueError(f"fire{i + 2}: {expanded} channels aren't whole at ratio {ratio} and pct3x3 {pct3x3}")
        squeezed, one, three = map(int, sizes)
        other = f"_x{three}" if three != one else ""
        fires.append(f"fire_q{squeezed}_e{one}{other}_bn0" + ("_y1" if bypass and i % 2 else ""))
    stages = (
        ("conv_k7_s2_c96_p0_bn0",),
        ("pool_k3_s2_p0", *fires[:3]),
        ("pool_k3_s2_p0", *fires[3:7]),
        ("pool_k3_s2_p0", fires[7]),
    )
    return Backbone("squeezenet1.0", stages, _CLASSIFIER)


def squeezenet1_1() -> Backbone:
    """SqueezeNet 1.1: a smaller first convolution and earlier pools. 1,235,496 parameters, 2.4 times as fast."""
    stages = (
        ("conv_k3_s2_c64_p0_bn0",),
        ("pool_k3_s2_p0", "fire_q16_e64_bn0_r2"),
        ("pool_k3_s2_p0", "fire_q32_e128_bn0_r2"),
        ("pool_k3_s2_p0", "fire_q48_e192_bn0_r2", "fire_q64_e256_bn0_r2"),
    )
    return Backbone("squeezenet1.1", stages, _CLASSIFIER)
