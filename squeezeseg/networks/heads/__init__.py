"""Heads: features of several widths to one value for each class and pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import nn

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.heads.fire_deconv import FireDeconv
from squeezeseg.networks.heads.unfold import Unfold

__all__ = ["HEADS"]

HEADS: Mapping[str, Callable[[Architecture, int, bool], nn.Module]] = {"fire_deconv": FireDeconv, "unfold": Unfold}
"""Heads by name: of an architecture, the number of classes, and whether there is batch norm."""
