"""Architectures to torch modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from projection import InputError
from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.backbones.staged import StagedBackbone
from squeezeseg.networks.blocks import Form
from squeezeseg.networks.blocks.norm import set_batch_norm
from squeezeseg.networks.heads import HEADS
from squeezeseg.networks.heads.boxes import BoxHead
from squeezeseg.networks.heads.unfold import Unfold
from squeezeseg.networks.initialise import initialise
from squeezeseg.networks.normalisation import RANGE, Normalisation

OUTPUTS = ("logits",)
"""Names of a network's outputs."""
BOXES = "boxes"
"""Of one more, where it has a head for boxes."""


class Network(nn.Module):
    """A backbone and its head.

    architecture: of both. width_multiple: the input's width must be a multiple of it.
    outputs: the names of what it gives.
    """

    def __init__(
        self, architecture: Architecture, classes: int, normalisation: Normalisation, *, batch_norm: bool = False
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.outputs = (*OUTPUTS, BOXES) if architecture.boxes else OUTPUTS
        self.width_multiple = architecture.width_multiple
        self.empty_range = normalisation.empty_range
        form = Form(batch_norm=batch_norm)
        self.backbone = StagedBackbone(architecture, form)
        initialise(self.backbone)
        self.head = HEADS[architecture.head[0]](architecture, classes, form)
        if architecture.boxes:
            self.boxes = BoxHead(architecture.levels[1].channels, architecture.boxes, classes)
        set_batch_norm(self, architecture.norm)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Normalised range images (B, C, H, W), C by the encoding -> 'logits' (B, classes, H, W).

        And 'boxes', where there is a head for them, see `BoxHead`.
        """
        if self.architecture.mask:
            x = with_mask(x, self.empty_range)
        features = self.backbone(x)
        if not self.architecture.boxes:
            return {"logits": self.head(features)}
        assert isinstance(self.head, Unfold)
        merged = self.head.merged(features)
        return {"logits": self.head.logits(merged), BOXES: self.boxes(merged)}


def with_mask(x: Tensor, empty_range: float) -> Tensor:
    """Normalised range images (B, 5, H, W) -> (B, 6, H, W): the last channel is 1 where there is a return, else 0.

    empty_range: see `Normalisation.empty_range`; of the normalisation that the images went through.
    """
    valid = (x[:, RANGE : RANGE + 1] > empty_range).to(x.dtype)
    return torch.cat([x, valid], dim=1)


def build(
    architecture: Architecture, classes: int, normalisation: Normalisation, *, batch_norm: bool = False
) -> Network:
    """A network with fresh weights.

    classes: how many there are. normalisation: of its input, which tells it the range of an empty pixel.
    batch_norm: after every convolution unit, for training; `fold_batch_norm` takes it away again.

    Raises:
        InputError: the architecture cannot be built.

    Example:
        >>> network = build(ARCHITECTURES["squeezeseg"], len(CLASSES), Normalisation())
        >>> network(torch.zeros(1, 5, 64, 512))["logits"].shape
        torch.Size([1, 4, 64, 512])
    """
    if architecture.head[0] not in HEADS:
        raise InputError(f"{architecture.name}: unknown head {architecture.head[0]!r}; use one of {', '.join(HEADS)}")
    try:
        return Network(architecture, classes, normalisation, batch_norm=batch_norm)
    except ValueError as error:
        raise InputError(str(error)) from None
