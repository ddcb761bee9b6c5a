"""The unit that all blocks are made of: convolution, batch norm, activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from squeezeseg.networks.block import Block
from squeezeseg.networks.blocks.form import Form

ACTIVATIONS: Mapping[str, Callable[[int], nn.Module]] = {
    "re": lambda _: nn.ReLU(),
    "re6": lambda _: nn.ReLU6(),
    "hs": lambda _: nn.Hardswish(),
    "sw": lambda _: nn.SiLU(),
    "pr": nn.PReLU,
    "id": lambda _: nn.Identity(),
}
"""Modules by the name that block strings have for them, for so many channels."""


class DepthwiseConv2d(nn.Conv2d):
    """A convolution of each channel for itself, which trains in float32 under autocast, too.

    It does too little per byte for a matrix unit, and its gradient in bfloat16 takes oneDNN several times as long.
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that nn.Conv2d has for it
        """(B, C, H, W) -> (B, C, H, W / stride)."""
        device = input.device.type
        if self.training and torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device):
            with torch.autocast(device, enabled=False):
                return super().forward(input.float())
        return super().forward(input)


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


def convolution(
    form: Form,
    inputs: int,
    outputs: int,
    size: int = 1,
    *,
    stride: int = 1,
    groups: int = 1,
    dilation: int = 1,
    bias: bool = True,
    padding: int = -1,
) -> nn.Conv2d:
    """A convolution in a form. padding: in the classification form, where it isn't what keeps an image's size."""
    pad = padding if padding >= 0 and form.square else dilation * (size // 2)
    kind: type[nn.Conv2d] = nn.Conv2d
    if groups == inputs == outputs > 1:
        kind = DepthwiseConv2d
    return kind(inputs, outputs, size, form.stride(stride), pad, dilation, groups, bias)


def unit(
    form: Form, inputs: int, outputs: int, size: int = 1, activation: str = "re", *, stride: int = 1, groups: int = 1
) -> ConvUnit:
    """A convolution whose bias is the batch norm's, as in all networks since it came up."""
    conv = convolution(form, inputs, outputs, size, stride=stride, groups=groups, bias=not form.batch_norm)
    return ConvUnit(conv, form.batch_norm, activation)


def has_bias(block: Block, batch_norm: bool) -> bool:
    """True if the block's convolutions have a bias: always, but beside a batch norm and where it asks for none."""
    return bool(block["b"]) or (bool(block["bn"]) and not batch_norm)


def conv_unit(block: Block, channels: int, form: Form) -> ConvUnit:
    """A convolution of `k` x `k` to `c` channels, with stride `s`."""
    bias = has_bias(block, form.batch_norm)
    conv = convolution(
        form, channels, block["c"], block["k"], stride=block["s"], groups=block["g"], bias=bias, padding=block["p"]
    )
    return ConvUnit(conv, form.batch_norm, block.activation)
