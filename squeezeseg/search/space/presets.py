"""The spaces that have a name."""

from __future__ import annotations

from collections.abc import Mapping

from projection import InputError
from squeezeseg.networks.zoo import nearest
from squeezeseg.search.space.row import SKIP, Frame, Row
from squeezeseg.search.space.space import Space

_FBNET = tuple(
    f"ir_k{kernel}{{stride}}_e{within}_c{{{{c}}}}" for kernel in (3, 5) for within in ("1", "1_g2", "3", "6")
)
"""FBNet's blocks but for the skip, table 2 of its paper."""


def _fbnet_row(width: int, layers: int, stride: int, before: int, *, level: bool) -> Row:
    """A row of table 1. Where the first layer changes the features' shape, its skip is a 1x1 convolution."""
    word = f"_s{stride}" if stride > 1 else ""
    skip = SKIP if stride == 1 and width == before else f"conv_k1{word}_c{{c}}_b0"
    entries = (*(block.format(stride=word) for block in _FBNET), skip)
    return Row((width,), entries, layers - 1, (*(block.format(stride="") for block in _FBNET), SKIP), level=level)


FBNET = Space(
    "fbnet",
    frames=(Frame("conv_k3_s2_c{c}_b0", ("lraspp",)),),
    rows=(
        _fbnet_row(16, 1, 1, 16, level=True),
        _fbnet_row(24, 4, 2, 16, level=True),
        _fbnet_row(32, 4, 2, 24, level=True),
        _fbnet_row(64, 4, 2, 32, level=False),
        _fbnet_row(112, 4, 1, 64, level=True),
        _fbnet_row(184, 4, 2, 112, level=False),
        _fbnet_row(352, 1, 1, 184, level=True),
    ),
    mask=True,
    dropout=0.1,
)
"""FBNet's: 22 layers of nine blocks each (Wu et al., CVPR 2019, tables 1 and 2), with strides along the width and the
usual head of the zoo's FBNets for range images."""

_LAYERS = (
    "res",
    "fire_q{quarter}_e{half}",
    *(f"ir_k{kernel}_e{within}_c{{c}}" for kernel in (3, 5) for within in ("1", "1_g2", "3", "6")),
    "eesp_c{c}_d1234",
    SKIP,
)
_ENTRIES = ("fold_n2 conv_k3_c{c}", "conv_k3_s2_c{c}", "ir_k5_s2_e3_c{c}")
_FOLDS = tuple(f"fold_n{columns} conv_k3_c{{c}}" for columns in (2, 4, 8, 16))
_STRIDED = "conv_k3_s2_c{c}"
_UNFOLD = (("unfold", "conv_k3_c{c2}", "res"), ("unfold", "conv_k1_c{c2}", "conv_k3_c{c1}"))
_FIRE = ("fire_deconv", "fireup_q{quarter2}_e{half2}", "fireup_q{quarter1}_e{half1}", "fireup_q{quarter1}_e{half1}")

RANGE = Space(
    "range",
    frames=(
        *(Frame(stem, head) for stem in (*_FOLDS, _STRIDED) for head in _UNFOLD),
        # It needs a level of stride 8 or less, the deepest left out.
        *(Frame(stem, ("lraspp",)) for stem in (*_FOLDS[:3], _STRIDED)),
        # It doubles the width at each step, of which there are as many as levels.
        *(Frame(stem, _FIRE) for stem in (_FOLDS[0], _STRIDED)),
    ),
    rows=(
        Row((16, 32, 48), layers=2, blocks=_LAYERS),
        Row((32, 48, 64), _ENTRIES, layers=3, blocks=_LAYERS),
        Row((64, 96, 128), _ENTRIES, layers=3, blocks=_LAYERS),
    ),
    encoding="cylindrical",
)
"""For range images: `fast` and its like. Blind to azimuth, so that a full turn is one pass."""

SPACES: Mapping[str, Space] = {space.name: space for space in (RANGE, FBNET)}
"""Spaces by name."""


def named_space(name: str) -> Space:
    """The space called `name`. Raises InputError where there is none, and says which there are."""
    if name not in SPACES:
        raise InputError(f"unknown space {name!r}{nearest(name, SPACES)}; there are {', '.join(SPACES)}")
    return SPACES[name]
