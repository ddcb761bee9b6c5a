"""The architectures that have a name, or a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from projection import InputError
from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.described import SUFFIX, read_described
from squeezeseg.networks.metaparameters import split
from squeezeseg.networks.search_record import SearchRecord
from squeezeseg.networks.zoo import BACKBONES, nearest, range_image_form

SQUEEZESEG = Architecture(
    "squeezeseg",
    stages=(
        ("conv_k3_s2_c64",),
        ("pool_k3_s2", "fire_q16_e64_r2"),
        ("pool_k3_s2", "fire_q32_e128_r2"),
        ("pool_k3_s2", "fire_q48_e192_r2", "fire_q64_e256_r2"),
    ),
    head=("fire_deconv", "fireup_q64_e128", "fireup_q32_e64", "fireup_q16_e32", "fireup_q16_e32"),
    dropout=0.1,
)
"""SqueezeSeg: a SqueezeNet backbone and a fire-deconv head. 906,308 parameters at 4 classes without batch norm.

Wu et al., SqueezeSeg, ICRA 2018, section III.B; sizes after the official TensorFlow code. All strides run along the
width, for a range image is wide and low.
"""

SQUEEZESEG_V2 = replace(
    SQUEEZESEG,
    name="squeezesegv2",
    stages=(
        ("conv_k3_s2_c64", "cam_d16"),
        ("pool_k3_s2", "fire_q16_e64", "cam_d16", "fire_q16_e64", "cam_d16"),
        *SQUEEZESEG.stages[2:],
    ),
    mask=True,
)
"""SqueezeSegV2: with a mask channel and context aggregation (Wu et al., ICRA 2019, section III.A)."""

FAST1 = Architecture(
    "fast1",
    stages=(
        ("fold_n4", "conv_k3_c32", "res_r2"),
        ("fold_n2", "conv_k3_c64", "res_r2"),
        ("fold_n2", "conv_k3_c128", "res"),
    ),
    head=("unfold", "conv_k3_c64", "res"),
    mask=True,
)
"""Residual blocks of 3x3 convolutions at 1/4, 1/8 and 1/16 of the width, which is only ever folded and unfolded.

SqueezeSeg's first and last layers see 64 x 512 pixels with few channels: they move more data than they compute. Here
four columns at a time are folded into channels (space to depth), so nothing runs on more than 64 x 128 pixels, and all
convolutions are the plain 3x3 ones that processors do best. Weights of it were called `fast` until `FAST` came.
"""

FAST = Architecture(
    "fast",
    stages=(
        ("fold_n8", "conv_k3_c32", "res"),
        ("fold_n2", "conv_k3_c32", "res_r2"),
        ("fold_n2", "conv_k3_c64", "res_r2"),
    ),
    head=("unfold", "conv_k3_c32", "res"),
    encoding="cylindrical",
)
"""A quarter of what `fast1` costs, and blind to azimuth: a full turn is one pass, and a turned scan has turned labels.

Eight columns at a time are folded into channels; with the cylindrical encoding's eight channels that makes 64, and all
of it can be int8.
"""

AUTO = "auto"
"""A name that no network has: it stands for the trained network that suits a machine best."""
ARCHITECTURES: Mapping[str, Architecture] = {one.name: one for one in (SQUEEZESEG, SQUEEZESEG_V2, FAST, FAST1)}
"""Architectures by name."""


def architecture(name: str) -> Architecture:
    """The architecture called `name`: one of `ARCHITECTURES`, or BACKBONE+HEAD such as 'mobilenetv3-small+lraspp'.

    A backbone alone gets its usual head. Metaparameters stand behind an @: 'mobilenetv2@width=0.5+fire'. A name that
    ends in .json is the path of a file that describes one.

    Raises:
        InputError: there is none of this name; it says which is the nearest, and where all are listed. A file that
            can't be read.
    """
    return described(name)[0]


def described(name: str) -> tuple[Architecture, SearchRecord | None]:
    """The same, and the search that found it, where it is in a file that says so. Raises InputError, as above."""
    if name.endswith(SUFFIX):
        return read_described(Path(name))
    return _named(name), None


def _named(name: str) -> Architecture:
    if name == AUTO:
        raise InputError("auto is a choice among trained networks; name one here, 'squeezeseg models' lists all")
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]
    base, plus, head = name.partition("+")
    try:
        if not plus and split(base)[0] not in BACKBONES:
            raise ValueError(f"there is none of this name{nearest(name, (*ARCHITECTURES, *BACKBONES))}")
        return range_image_form(base, head if plus else None)
    except ValueError as error:
        raise InputError(f"unknown model {name!r}: {error}; 'squeezeseg models' lists all") from None
