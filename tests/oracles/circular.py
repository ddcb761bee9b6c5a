"""A network whose left and right edges meet in every layer: the slow twin of repeating a turn's ends at either side."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn import functional


def circular(network: nn.Module) -> nn.Module:
    """A copy of the network in which convolutions and pools see the other edge beyond one."""
    network = copy.deepcopy(network)
    for module in network.modules():
        if isinstance(module, nn.ConvTranspose2d):
            module.forward = _transposed(module.forward, module.stride[1])
        elif isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            padding = module.padding if isinstance(module.padding, tuple) else (module.padding,) * 2
            if padding[1]:
                module.forward = _wrapped(module, padding)
    return network


def _wrapped(module, padding):
    """Columns of the other edge instead of padding; rows stay padded as they were."""
    forward, (height, width) = module.forward, padding

    def call(x):
        empty = -torch.inf if isinstance(module, nn.MaxPool2d) else 0.0
        x = torch.cat([x[..., -width:], x, x[..., :width]], dim=-1)
        x = functional.pad(x, (0, 0, height, height), value=empty)
        module.padding = (0, 0)
        result = forward(x)
        module.padding = padding
        return result

    return call


def _transposed(forward, stride):
    """One column more of the other edge at either side, and what it becomes cut off."""

    def call(x):
        return forward(torch.cat([x[..., -1:], x, x[..., :1]], dim=-1))[..., stride:-stride]

    return call
