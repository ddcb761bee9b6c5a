"""Fire modules, SqueezeNet's building block."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks.block import Block
from squeezeseg.networks.blocks.conv import ConvUnit, convolution, has_bias
from squeezeseg.networks.blocks.form import Form


class Fire(nn.Module):
    """Squeeze to few channels, then expand them by 1x1 and 3x3 kernels side by side (SqueezeNet, fig. 1).

    A 'fireup' block has a transposed 1x4 convolution between the two, which doubles the width: SqueezeSeg's
    fire-deconv. With bypass the input is added (SqueezeNet, fig. 2, in the middle).
    """

    def __init__(self, block: Block, channels: int, form: Form) -> None:
        super().__init__()
        bias = has_bias(block, form.batch_norm)
        squeeze, expand1 = block["q"], block["e"]
        expand3 = expand1 if block.kind == "fireup" else block["x"] or expand1

        def made(inputs: int, outputs: int, size: int) -> ConvUnit:
            return ConvUnit(convolution(form, inputs, outputs, size, bias=bias), form.batch_norm, block.activation)

        self.squeeze = made(channels, squeeze, 1)
        self.upsample: nn.Module = nn.Identity()
        if block.kind == "fireup":
            deconv = nn.ConvTranspose2d(squeeze, squeeze, (1, 4), stride=(1, 2), padding=(0, 1), bias=bias)
            self.upsample = ConvUnit(deconv, form.batch_norm, block.activation)
        self.expand1 = made(squeeze, expand1, 1)
        self.expand3 = made(squeeze, expand3, 3)
        self.bypass = block.kind == "fire" and bool(block["y"])
        if self.bypass and channels != expand1 + expand3:
            raise ValueError(f"{block}: a bypass needs as many channels behind it, {channels}, as before")

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, 2 e, H, W), or twice as wide."""
        squeezed = self.upsample(self.squeeze(x))
        expanded = torch.cat([self.expand1(squeezed), self.expand3(squeezed)], dim=1)
        return x + expanded if self.bypass else expanded
