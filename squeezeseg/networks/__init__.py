"""The networks, by name.

A network takes normalised range images (B, 5, H, W) to logits (B, C, H, W), and says in `width_multiple`
which widths it accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import nn

from projection import InputError
from squeezeseg.networks.fast import Fast
from squeezeseg.networks.squeezeseg import SqueezeSeg

NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "squeezeseg": SqueezeSeg,
    "squeezesegv2": partial(SqueezeSeg, mask=True, context=True),
    "fast": Fast,
}


def build(name: str, classes: int, *, batch_norm: bool = False) -> nn.Module:
    """A network with fresh weights. Raises InputError that lists the names."""
    try:
        network = NETWORKS[name]
    except KeyError:
        raise InputError(f"unknown model {name!r}: use one of {', '.join(NETWORKS)}") from None
    return network(classes, batch_norm=batch_norm)
