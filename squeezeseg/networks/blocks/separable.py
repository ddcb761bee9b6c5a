"""Depthwise separable convolutions, and the inverted residuals made of them."""

from __future__ import annotations

from torch import Tensor, nn

from squeezeseg.networks.block import Block
from squeezeseg.networks.blocks.conv import unit
from squeezeseg.networks.blocks.form import Form
from squeezeseg.networks.blocks.shuffle import ChannelShuffle
from squeezeseg.networks.blocks.squeeze_excite import SqueezeExcite
from squeezeseg.networks.channels import divisible


class Separable(nn.Sequential):
    """A depthwise convolution and a 1x1 one (MobileNet, Howard et al., 2017, fig. 3, right)."""

    def __init__(self, block: Block, channels: int, form: Form) -> None:
        super().__init__(
            unit(form, channels, channels, block["k"], block.activation, stride=block["s"], groups=channels),
            unit(form, channels, block["c"], 1, block.activation),
        )


class InvertedResidual(nn.Module):
    """1x1 convolution to many channels, depthwise one, 1x1 to few and no activation (MobileNetV2, fig. 4, d).

    With squeeze-and-excitation behind the depthwise convolution it is MobileNetV3's and EfficientNet's, with grouped
    1x1 convolutions and a shuffle between them FBNet's. The input is added where it has the output's shape.
    """

    def __init__(self, block: Block, channels: int, form: Form) -> None:
        super().__init__()
        within, groups, out = block["m"] or block["e"] * channels or channels, block["g"], block["c"]
        layers: list[nn.Module] = []
        if block["m"] or block["e"]:
            layers.append(unit(form, channels, within, 1, block.activation, groups=groups))
            if groups > 1:
                layers.append(ChannelShuffle(groups))
        layers.append(unit(form, within, within, block["k"], block.activation, stride=block["s"], groups=within))
        if block["se"]:
            layers.append(SqueezeExcite(within, divisible(within / block["se"]), "re", "hard"))
        elif block["si"]:
            layers.append(SqueezeExcite(within, max(1, channels // block["si"]), "sw", "sigmoid"))
        layers.append(unit(form, within, out, 1, "id", groups=groups))
        self.layers = nn.Sequential(*layers)
        self.shortcut = block["s"] == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H', W / stride)."""
        out: Tensor = self.layers(x)
        return x + out if self.shortcut else out
