"""Squeeze-and-excitation."""

from __future__ import annotations

from torch import Tensor, nn

from squeezeseg.networks.blocks.conv import ACTIVATIONS

GATES = {"sigmoid": nn.Sigmoid, "hard": nn.Hardsigmoid}


class SqueezeExcite(nn.Module):
    """Scales each channel by what two small layers make of the means of all of them (Hu et al., CVPR 2018, fig. 3).

    squeezed: channels between the two. activation: behind the first, see `ACTIVATIONS`. gate: behind the second,
    of `GATES`; 'hard' is relu6(x + 3) / 6, MobileNetV3's.
    """

    def __init__(self, channels: int, squeezed: int, activation: str, gate: str) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.activation = ACTIVATIONS[activation](squeezed)
        self.excite = nn.Conv2d(squeezed, channels, 1)
        self.gate = GATES[gate]()

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        means = x.mean(dim=(2, 3), keepdim=True)
        return x * self.gate(self.excite(self.activation(self.squeeze(means))))  # type: ignore[no-any-return]
