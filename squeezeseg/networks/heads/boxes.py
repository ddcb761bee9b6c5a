"""A head that tells whole boxes of objects: ConvDet of SqueezeDet (Wu et al., arXiv 1612.01051) on the range image."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks.box_cells import ROWS, outputs
from squeezeseg.networks.initialise import initialise, initialise_classifier


class BoxHead(nn.Module):
    """A 3x3 convolution over what the labels are made of, and two of 1x1; a cell is `ROWS` rows high.

    channels: of what it is given. hidden: width of its layers. classes: of the labels, the background among them.
    """

    def __init__(self, channels: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(channels, hidden, 3, (ROWS, 1), 1)
        self.merge = nn.Conv2d(hidden, hidden, 1)
        self.tell = nn.Conv2d(hidden, outputs(classes), 1)
        initialise(self)
        initialise_classifier(self.tell)

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, channels, H, Q) -> (B, classes - 1 + 8, H / ROWS rounded up, Q)."""
        return self.tell(torch.relu(self.merge(torch.relu(self.look(x)))))  # type: ignore[no-any-return]
