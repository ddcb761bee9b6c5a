"""The unit that all blocks are made of: convolution, batch norm, activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from squeezeseg.networks.architecture import Block

ACTIVATIONS: Mapping[str, Callable[[int], nn.Module]] = {
    "re": lambda _: nn.ReLU(),
    "re6": lambda _: nn.ReLU6(),
    "hs": lambda _: nn.Hardswish(),
    "sw": lambda _: nn.SiLU(),
    "pr": nn.PReLU,
    "id": lambda _: nn.Identity(),
}
"""Modules by the name that block strings have for them, for so many channels."""


class ConvUnit(nn.Module):
    """Convolution, batch norm if asked for, and an activation, see `ACTIVATIONS`."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d, batch_norm: bool, activation: str = "re") -> None:
        super().__init__()
        self.conv = conv
        self.norm: nn.Module = nn.BatchNorm2d(conv.out_channels) if batch_norm else nn.Identity()
        self.activation = ACTIVATIONS[activation](conv.out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H, W')."""
        return self.activation(self.norm(self.conv(x)))  # type: ignore[no-any-return]


def has_bias(block: Block, batch_norm: bool) -> bool:
    """True if the block's convolutions have a bias: always, but beside a batch norm and where it asks for none."""
    return bool(block["b"]) or (bool(block["bn"]) and not batch_norm)


def conv_unit(block: Block, channels: int, batch_norm: bool) -> ConvUnit:
    """A convolution of `k` x `k` to `c` channels, with stride `s` along the width."""
    size, bias = block["k"], has_bias(block, batch_norm)
    conv = nn.Conv2d(channels, block["c"], size, stride=(1, block["s"]), padding=size // 2, bias=bias)
    return ConvUnit(conv, batch_norm, block.activation)
