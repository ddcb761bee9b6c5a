"""The zoo: published backbones by name, and the networks for range images that they make with each head."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import partial

from squeezeseg.networks import metaparameters
from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.backbones import alexnet, efficientnet, espnet, fbnet, mobilenet, shufflenet, squeezenet
from squeezeseg.networks.backbones.description import Backbone

BACKBONES: Mapping[str, Callable[..., Backbone]] = {
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
    "espnet": espnet.espnet,
    "espnetv2": espnet.espnet_v2,
    **{f"efficientnet-b{phi}": partial(efficientnet.efficientnet, phi) for phi in range(len(efficientnet.SCALES))},
    **{f"fbnet-{which}": partial(fbnet.fbnet, which) for which in "abc"},
}
"""Published networks by name."""
PUBLISHED_FORM_ONLY = {"alexnet": "", "espnet": "espnet-c+espnet"}
"""Those that take no head, and what they are for range images instead."""
HEADS = {"fire": "fire_deconv", "lraspp": "lraspp", "unfold": "unfold", "espnet": "espnet"}
"""Kinds of heads by the name that they have behind a +."""
_USUAL_HEADS = {"squeezenet1.0": "fire", "squeezenet1.1": "fire", "espnet-c": "espnet"}
_DROPOUT = 0.1
_PUBLISHED_FORM = ("resolution",)
"""Metaparameters of pictures alone."""


def backbone(name: str) -> Backbone:
    """A published network, with metaparameters behind an @ where they aren't the usual ones.

    name: of `BACKBONES`, such as 'squeezenet1.0@ratio=0.75,bypass=1'.

    Raises:
        ValueError: there is no such backbone, or no such metaparameter; it says what there is.

    Example:
        >>> backbone("mobilenetv2@width=.50").name
        'mobilenetv2@width=0.5'
    """
    plain, text = metaparameters.split(name)
    if plain not in BACKBONES:
        raise ValueError(f"there is no backbone {plain!r}{nearest(plain, BACKBONES)}")
    make = BACKBONES[plain]
    defaults = metaparameters.known(make)
    values = metaparameters.parse(text, defaults, plain) if "@" in name else {}
    return replace(make(**values), name=plain + metaparameters.suffix(values, defaults))


def usual_head(name: str) -> str:
    """The head that a backbone of this name usually has: its own, SqueezeSeg's behind a SqueezeNet, else LR-ASPP."""
    return _USUAL_HEADS.get(metaparameters.split(name)[0], "lraspp")


def heads(name: str) -> tuple[str, ...]:
    """The heads that fit a backbone of this name, its usual one first; none where it takes no head."""
    plain, _ = metaparameters.split(name)
    if plain in PUBLISHED_FORM_ONLY:
        return ()
    usual = usual_head(name)
    # ESPNet's wants three levels.
    fitting = [head for head in HEADS if head != "espnet" or plain == "espnet-c"]
    return usual, *(head for head in fitting if head != usual)


def for_pictures(name: str) -> bool:
    """True if a name of a backbone stands for its published form alone."""
    plain, text = metaparameters.split(name)
    return PUBLISHED_FORM_ONLY.get(plain) == "" or any(f"{word}=" in text for word in _PUBLISHED_FORM)


def range_image_form(name: str, head: str | None = None) -> Architecture:
    """A backbone for range images with a head: 5 channels and a mask, strides along the width.

    name: see `backbone`. head: one of `heads`, the usual one if none is given.

    Raises:
        ValueError: there is no such backbone or head, or the two don't fit.

    Example:
        >>> range_image_form("mobilenetv3-small", "lraspp").levels[-1]
        Level(channels=576, stride=32)
    """
    plain, text = metaparameters.split(name)
    if plain in PUBLISHED_FORM_ONLY:
        instead = PUBLISHED_FORM_ONLY[plain]
        if instead and head is None:
            base, _, own = instead.partition("+")
            return range_image_form(name.replace(plain, base, 1), own)
        raise ValueError(f"{plain} takes no head" + (f"; use {instead}" if instead else ""))
    published = backbone(name)
    if for_pictures(name):
        raise ValueError(f"{plain}: {text} is for pictures, a range image has its own size")
    head = usual_head(name) if head is None else head
    if head not in heads(name):
        raise ValueError(f"{plain} has no head {head!r}, but {', '.join(heads(name))}")
    full, stages = f"{published.name}+{head}", published.stages
    bare = Architecture(full, stages, (HEADS[head],), mask=True, dropout=_DROPOUT, norm=published.norm)
    return replace(bare, head=(HEADS[head], *_steps(bare, head)))


def nearest(name: str, known: Iterable[str]) -> str:
    """', did you mean NAME?' of the most similar name, '' if none is similar."""
    close = get_close_matches(name.lower(), list(known), 1)
    return f", did you mean {close[0]}?" if close else ""


def _steps(architecture: Architecture, head: str) -> list[str]:
    """Block strings of a head, from the deepest level upwards."""
    _, *finer, _ = architecture.levels
    if head == "fire":
        widths = [level.channels // 2 for level in reversed(finer)]
        return [f"fireup_q{max(16, width // 2)}_e{width}_b0" for width in [*widths, max(16, widths[-1] // 2)]]
    if head == "unfold":
        return [f"conv_k3_c{level.channels}_b0" for level in reversed(finer)]
    return []
