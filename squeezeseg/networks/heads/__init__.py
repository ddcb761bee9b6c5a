"""Heads: features of several widths to one value for each class and pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import nn

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.blocks import Form
from squeezeseg.networks.heads.espnet import EspDecoder
from squeezeseg.networks.heads.fire_deconv import FireDeconv
from squeezeseg.networks.heads.lraspp import LrAspp
from squeezeseg.networks.heads.unfold import Unfold

__all__ = ["HEADS"]

HEADS: Mapping[str, Callable[[Architecture, int, Form], nn.Module]] = {
    "fire_deconv": FireDeconv,
    "unfold": Unfold,
    "lraspp": LrAspp,
    "espnet": lambda architecture, classes, form: EspDecoder(architecture.levels, classes, form, architecture.dropout),
}
"""Heads by name: of an architecture, the number of classes, and the form."""
