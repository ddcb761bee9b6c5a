"""LR-ASPP, MobileNetV3's head: deep features, scaled by their surroundings, beside finer ones."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from squeezeseg.networks.architecture import Architecture
from squeezeseg.networks.blocks import Form
from squeezeseg.networks.blocks.conv import unit
from squeezeseg.networks.initialise import initialise, initialise_classifier
from squeezeseg.networks.reach import LRASPP_LOW_STRIDE, LRASPP_WINDOW

CHANNELS = 128


class LrAspp(nn.Module):
    """Lite R-ASPP (Howard et al., ICCV 2019, section 6.3), the two branches added as logits.

    The low level is the deepest of at most stride 8. The gate is a plain sigmoid of a local mean, as in the paper; its
    window spans all rows and an eighth of a turn.
    """

    def __init__(self, architecture: Architecture, classes: int, form: Form) -> None:
        super().__init__()
        _, *levels, high = architecture.levels
        fine = [i for i, level in enumerate(levels, start=1) if level.stride <= LRASPP_LOW_STRIDE]
        if not fine:
            raise ValueError(
                f"architecture {architecture.name!r}: LR-ASPP needs a level of stride {LRASPP_LOW_STRIDE} or less"
            )
        self.low = fine[-1]
        low = architecture.levels[self.low].stride
        self.widths = low, high.stride // low
        self.window = LRASPP_WINDOW // high.stride + 1  # odd, so that it has a middle
        self.project = unit(form, high.channels, CHANNELS)
        self.gate = nn.Conv2d(high.channels, CHANNELS, 1, bias=False)
        self.dropout = nn.Dropout2d(architecture.dropout)
        self.high_classifier = nn.Conv2d(CHANNELS, classes, 1)
        self.low_classifier = nn.Conv2d(architecture.levels[self.low].channels, classes, 1)
        initialise(self)
        initialise_classifier(self.high_classifier)
        initialise_classifier(self.low_classifier)

    def forward(self, features: list[Tensor]) -> Tensor:
        """Features of each level, the input first -> logits (B, classes, H, W)."""
        low, high = features[self.low], features[-1]
        rows = high.mean(dim=2, keepdim=True)  # not in the pool, whose kernel a graph of any height would have to know
        means = functional.avg_pool2d(rows, (1, self.window), 1, (0, self.window // 2), count_include_pad=False)
        deep = wider(self.project(high) * self.gate(means).sigmoid(), self.widths[1])
        logits = self.high_classifier(self.dropout(deep)) + self.low_classifier(low)
        return wider(logits, self.widths[0])


def wider(x: Tensor, times: int) -> Tensor:
    """(B, C, H, W) -> (B, C, H, W times), interpolated along the rows."""
    if times == 1:
        return x
    return functional.interpolate(x, scale_factor=(1.0, float(times)), mode="bilinear", align_corners=False)
