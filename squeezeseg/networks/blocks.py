"""What the networks are built of. Images are (B, C, H, W); H, the beams, is never reduced, only W is."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from squeezeseg.networks.normalisation import Normalisation

RANGE = 4
"""The channel of the normalised range."""


class ConvUnit(nn.Module):
    """Convolution, batch norm if asked for, ReLU unless asked not to."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d, batch_norm: bool, *, relu: bool = True) -> None:
        super().__init__()
        self.conv = conv
        self.norm: nn.Module = nn.BatchNorm2d(conv.out_channels) if batch_norm else nn.Identity()
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H, W')."""
        x = self.norm(self.conv(x))
        return torch.relu(x) if self.relu else x


class Residual(nn.Module):
    """Two 3x3 convolutions around which the input is led (He et al., CVPR 2016, fig. 2)."""

    def __init__(self, channels: int, batch_norm: bool) -> None:
        super().__init__()
        self.first = ConvUnit(nn.Conv2d(channels, channels, 3, padding=1), batch_norm)
        self.second = ConvUnit(nn.Conv2d(channels, channels, 3, padding=1), batch_norm, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return torch.relu(x + self.second(self.first(x)))


class ContextAggregation(nn.Module):
    """Scales each channel by what lies around: SqueezeSegV2's shield against missing returns (Wu et al., sec. III.A).

    A 7x7 maximum looks past holes, two 1x1 convolutions make weights between 0 and 1 of it.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // reduction, 1)
        self.excite = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        around = functional.max_pool2d(x, 7, stride=1, padding=3)
        return x * torch.sigmoid(self.excite(torch.relu(self.squeeze(around))))


def with_mask(x: Tensor) -> Tensor:
    """Normalised range images (B, 5, H, W) -> (B, 6, H, W): the last channel is 1 where there is a return, else 0."""
    valid = (x[:, RANGE : RANGE + 1] > Normalisation().empty_range).to(x.dtype)
    return torch.cat([x, valid], dim=1)


def fold_columns(x: Tensor, count: int) -> Tensor:
    """Each `count` neighbouring columns become one with their channels: (B, C, H, W) -> (B, count C, H, W / count).

    All channels of the first column come first. With channels last in memory nothing is moved.
    """
    batch, channels, height, width = x.shape
    folded = x.permute(0, 2, 3, 1).reshape(batch, height, width // count, count * channels)
    return folded.permute(0, 3, 1, 2)


def unfold_columns(x: Tensor, count: int) -> Tensor:
    """The inverse of `fold_columns`: (B, count C, H, W) -> (B, C, H, W count)."""
    batch, channels, height, width = x.shape
    unfolded = x.permute(0, 2, 3, 1).reshape(batch, height, width * count, channels // count)
    return unfolded.permute(0, 3, 1, 2)


def initialise(network: nn.Module) -> None:
    """Fresh weights: He's for convolutions, linear interpolation for what doubles the width."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        elif isinstance(module, nn.ConvTranspose2d):
            # Each channel for itself, as the official code starts them.
            with torch.no_grad():
                module.weight.zero_()
                taps = torch.tensor([0.25, 0.75, 0.75, 0.25])
                for channel in range(module.in_channels):
                    module.weight[channel, channel, 0] = taps
        else:
            continue
        assert module.bias is not None
        nn.init.zeros_(module.bias)
