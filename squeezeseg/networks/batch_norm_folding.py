"""Batch norm folded into the convolutions before it: the same function with fewer layers."""

from __future__ import annotations

import copy

import torch
from torch import nn

from squeezeseg.networks.blocks.conv import ConvUnit


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """A copy of `network`, in evaluation mode, in which no ConvUnit has a batch norm.

    w' = w g / sqrt(v + e) and b' = (b - m) g / sqrt(v + e) + beta (Ioffe and Szegedy, ICML 2015, section 3.1),
    computed in float64.
    """
    network = copy.deepcopy(network).eval()
    for module in network.modules():
        if isinstance(module, ConvUnit) and isinstance(module.norm, nn.BatchNorm2d):
            _fold(module.conv, module.norm)
            module.norm = nn.Identity()
    return network


@torch.no_grad()
def _fold(conv: nn.Conv2d | nn.ConvTranspose2d, norm: nn.BatchNorm2d) -> None:
    if conv.bias is None:
        conv.bias = nn.Parameter(torch.zeros_like(norm.bias))
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    outputs = 1 if isinstance(conv, nn.ConvTranspose2d) else 0
    shape = [1, 1, 1, 1]
    shape[outputs] = -1
    conv.weight.copy_(conv.weight.double() * scale.view(shape))
    conv.bias.copy_((conv.bias.double() - norm.running_mean.double()) * scale + norm.bias.double())
