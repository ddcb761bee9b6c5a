"""Batch norm where no convolution is that it could be folded into."""

from __future__ import annotations

from torch import Tensor, nn

from squeezeseg.networks.batch_norm import BatchNorm
from squeezeseg.networks.blocks.conv import ACTIVATIONS


class NormUnit(nn.Module):
    """Batch norm and an activation. It stays when others are folded away."""

    def __init__(self, channels: int, activation: str) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.activation = ACTIVATIONS[activation](channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        return self.activation(self.norm(x))  # type: ignore[no-any-return]


def set_batch_norm(network: nn.Module, norm: BatchNorm) -> None:
    """Give all batch norms of a network these numbers."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps, module.momentum = norm.eps, norm.momentum
