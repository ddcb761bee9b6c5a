"""ESPNet's own head: small transposed convolutions, and a pyramid where two levels meet."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from squeezeseg.networks.block import Level
from squeezeseg.networks.blocks import Form
from squeezeseg.networks.blocks.conv import convolution, unit
from squeezeseg.networks.blocks.esp import Esp
from squeezeseg.networks.blocks.norm import NormUnit
from squeezeseg.networks.initialise import initialise

INNER = 20
"""Channels within, as at the paper's 20 classes: with fewer than five the pyramid would have none."""
STRIDES = [2, 4, 8]
"""Of the levels that it wants."""


class EspDecoder(nn.Module):
    """Three doublings, the two lower with a level beside (Mehta et al., ECCV 2018, fig. 4, d).

    levels: the input, and three at strides 2, 4 and 8. dropout: of the last features, in training.
    """

    def __init__(self, levels: Sequence[Level], classes: int, form: Form, dropout: float = 0.0) -> None:
        super().__init__()
        if [level.stride for level in levels[1:]] != STRIDES:
            strides = ", ".join(str(level.stride) for level in levels[1:])
            raise ValueError(f"ESPNet's head needs three levels, at strides 2, 4 and 8, not {strides}")
        _, fine, middle, deep = levels
        stride = form.stride(2)

        def twice(outputs: int) -> nn.ConvTranspose2d:
            return nn.ConvTranspose2d(INNER, outputs, stride, stride, bias=False)

        self.deep = nn.Sequential(
            convolution(form, deep.channels, INNER, bias=False), nn.BatchNorm2d(INNER), twice(INNER)
        )
        self.middle = convolution(form, middle.channels, INNER, bias=False)
        self.meet = nn.Sequential(
            NormUnit(2 * INNER, "pr"),
            Esp(2 * INNER, INNER, 1, form, residual=False),
            twice(INNER),
            NormUnit(INNER, "pr"),
        )
        self.fine = unit(form, INNER + fine.channels, INNER, 3, "pr")
        self.dropout = nn.Dropout2d(dropout)
        self.classifier = twice(classes)
        initialise(self)
        nn.init.normal_(self.classifier.weight, std=0.01)

    def forward(self, features: list[Tensor]) -> Tensor:
        """Features of each level, the input first -> logits (B, classes, H, W)."""
        _, fine, middle, deep = features
        x = self.meet(torch.cat([self.middle(middle), self.deep(deep)], dim=1))
        x = self.fine(torch.cat([x, fine], dim=1))
        return self.classifier(self.dropout(x))  # type: ignore[no-any-return]
