"""Fresh weights."""

from __future__ import annotations

import torch
from torch import nn

LINEAR_TAPS = 4
"""Columns of a transposed convolution that starts as linear interpolation."""


def initialise(network: nn.Module) -> None:
    """He's initialisation for convolutions, linear interpolation for the transposed ones of fire-deconv modules."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d) or (
            isinstance(module, nn.ConvTranspose2d) and module.kernel_size[1] != LINEAR_TAPS
        ):
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
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def initialise_classifier(conv: nn.Conv2d) -> None:
    """Small weights for the convolution that ends in logits: all classes are equally likely at first."""
    nn.init.normal_(conv.weight, std=0.01)
