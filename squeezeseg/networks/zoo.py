"""The zoo: published backbones by name, and the networks for range images that they make with each head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.backbones import alexnet, efficientnet, espnet, fbnet, mobilenet, shufflenet, squeezenet
from squeezeseg.networks.backbones.description import Backbone

BACKBONES: Mapping[str, Callable[[], Backbone]] = {
    "alexnet": alexnet.alexnet,
    "squeezenet1.0": squeezenet.squeezenet1_0,
    "squeezenet1.1": squeezenet.squeezenet1_1,
    "mobilenetv1": mobilenet.mobilenet_v1,
    "mobilenetv2": mobilenet.mobilenet_v2,
    "mobilenetv3-large": mobilenet.mobilenet_v3_large,
    "mobilenetv3-small": mobilenet.mobilenet_v3_small,
    "shufflenetv1": shufflenet.shufflenet_v1,
    "shufflenetv2": shufflenet.shufflenet_v2,
    "espnet-c": espnet.espnet_c,
    "espnetv2": espnet.espnet_v2,
    **{f"efficientnet-b{phi}": partial(efficientnet.efficientnet, phi) for phi in range(len(efficientnet.SCALES))},
    **{f"fbnet-{which}": partial(fbnet.fbnet, which) for which in "abc"},
}
"""Published networks by name."""
CLASSIFY_ONLY = ("alexnet",)
_DROPOUT = 0.1


def range_image_form(name: str, head: str) -> Architecture:
    """A backbone for range images with a head: 5 channels and a mask, strides along the width.

    name: of `BACKBONES`. head: fire, lraspp, unfold or, for ESPNet-C, espnet.

    Raises:
        ValueError: there is no such backbone or head, or the two don't fit.

    Example:
        >>> range_image_form("mobilenetv3-small", "lraspp").levels[-1]
        Level(channels=576, stride=32)
    """
    if name not in BACKBONES or name in CLASSIFY_ONLY:
        known = ", ".join(one for one in BACKBONES if one not in CLASSIFY_ONLY)
        raise ValueError(f"no backbone {name!r} for range images; there are {known}")
    if head not in _HEADS:
        raise ValueError(f"no head {head!r}; there are {', '.join(_HEADS)}")
    stages = BACKBONES[name]().stages
    bare = Architecture(f"{name}+{head}", stages, (_HEADS[head],), mask=True, dropout=_DROPOUT)
    return Architecture(bare.name, stages, (_HEADS[head], *_steps(bare, head)), mask=True, dropout=_DROPOUT)


_HEADS = {"fire": "fire_deconv", "lraspp": "lraspp", "unfold": "unfold", "espnet": "espnet"}


def _steps(architecture: Architecture, head: str) -> list[str]:
    """Block strings of a head, from the deepest level upwards."""
    _, *finer, _ = architecture.levels
    if head == "fire":
        widths = [level.channels // 2 for level in reversed(finer)]
        return [f"fireup_q{max(16, width // 2)}_e{width}_b0" for width in [*widths, max(16, widths[-1] // 2)]]
    if head == "unfold":
        return [f"conv_k3_c{level.channels}_b0" for level in reversed(finer)]
    return []
