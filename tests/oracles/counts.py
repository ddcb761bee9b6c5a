"""Slow twin of `squeezeseg.profiling.counting`: parameters and multiply-adds by hooks on a network that runs."""

from __future__ import annotations

import torch
from torch import nn


def counts(network: nn.Module, image: tuple[int, ...]) -> tuple[int, int]:
    """Parameters, and multiply-adds for one image of this shape."""
    macs = 0

    def add(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        nonlocal macs
        if isinstance(module, nn.ConvTranspose2d):
            macs += inputs[0].shape[2] * inputs[0].shape[3] * module.weight.numel()
        elif isinstance(module, nn.Conv2d):
            macs += output.shape[2] * output.shape[3] * module.weight.numel()
        elif isinstance(module, nn.Linear):
            macs += module.weight.numel()

    handles = [module.register_forward_hook(add) for module in network.modules()]
    with torch.no_grad():
        network.eval()(torch.zeros(image))
    for handle in handles:
        handle.remove()
    return sum(parameter.numel() for parameter in network.parameters()), macs
