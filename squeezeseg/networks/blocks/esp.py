"""ESPNet's modules: pyramids of dilated convolutions whose sums are put beside each other."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks.block import Block
from squeezeseg.networks.blocks.conv import convolution, unit
from squeezeseg.networks.blocks.form import Form
from squeezeseg.networks.blocks.image import SeesImage, pooled
from squeezeseg.networks.blocks.norm import NormUnit

_DILATIONS = (1, 2, 4, 8, 16)
"""ESPNet's K = 5 branches; ESPNetv2 has four, of dilations that its block names."""
_BRANCHES = 4


class Esp(nn.Module):
    """Reduce, split, transform, merge (Mehta et al., ECCV 2018, fig. 1): without a stride the input is added."""

    def __init__(self, channels: int, out: int, stride: int, form: Form, *, residual: bool = True) -> None:
        super().__init__()
        narrow = out // len(_DILATIONS)
        if narrow == 0:
            raise ValueError(f"an ESP module needs {len(_DILATIONS)} channels or more, got {out}")
        first = out - narrow * (len(_DILATIONS) - 1)
        size = 3 if stride > 1 else 1
        self.reduce = convolution(form, channels, narrow, size, stride=stride, bias=False)
        self.branches = nn.ModuleList(
            convolution(form, narrow, first if dilation == 1 else narrow, 3, dilation=dilation, bias=False)
            for dilation in _DILATIONS
        )
        self.residual = residual and stride == 1 and channels == out
        self.merge = NormUnit(out, "pr")

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H', W / stride)."""
        reduced = self.reduce(x)
        near, *far = (branch(reduced) for branch in self.branches)
        # Hierarchical feature fusion: each is added to those before it, the undilated one stays outside.
        for i in range(1, len(far)):
            far[i] = far[i - 1] + far[i]
        merged = torch.cat([near, *far], dim=1)
        return self.merge(x + merged if self.residual else merged)  # type: ignore[no-any-return]


class EspDown(nn.Module):
    """A strided module and `n` more; what the first and the last give lies side by side."""

    def __init__(self, block: Block, channels: int, form: Form) -> None:
        super().__init__()
        self.start = Esp(channels, block["c"], 2, form)
        self.rest = nn.Sequential(*(Esp(block["c"], block["c"], 1, form) for _ in range(block["n"])))

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, c or 2 c, H', W / 2)."""
        start = self.start(x)
        return torch.cat([self.rest(start), start], dim=1) if len(self.rest) else start


class Eesp(SeesImage):
    """Grouped 1x1, four depthwise dilated 3x3 whose sums lie side by side, grouped 1x1: ESPNetv2's module.

    With a stride the mean-pooled input is put beside, and the network's input, pooled and through two convolutions,
    is added (Mehta et al., CVPR 2019, fig. 1, c, and fig. 2).
    """

    def __init__(self, block: Block, channels: int, form: Form, image_channels: int) -> None:
        super().__init__()
        strided = block["s"] > 1
        out = block["c"] - channels if strided else block["c"]
        narrow = out // _BRANCHES
        dilations = [int(digit) for digit in str(block["d"])]
        if len(dilations) != _BRANCHES or out % _BRANCHES:
            raise ValueError(f"{block}: needs {_BRANCHES} dilations, and channels for as many branches")
        self.reduce = unit(form, channels, narrow, 1, "pr", groups=_BRANCHES)
        self.branches = nn.ModuleList(
            convolution(form, narrow, narrow, 3, stride=block["s"], groups=narrow, dilation=dilation, bias=False)
            for dilation in dilations
        )
        self.merge = NormUnit(out, "pr")
        self.expand = unit(form, out, out, 1, "id", groups=_BRANCHES)
        self.residual = not strided and channels == out
        self.activation = nn.PReLU(block["c"])
        self.stride = form.stride(block["s"])
        self.pool = nn.AvgPool2d(3, self.stride, 1) if strided else None
        self.reinforced = block["v"] == 1
        # Published with layers that nothing goes through: an activation, and in one module the image's.
        self.unused = nn.PReLU(out) if strided and form.square else None
        self.reinforce = (
            nn.Sequential(
                unit(form, image_channels, image_channels, 3, "pr"), unit(form, image_channels, block["c"], 1, "id")
            )
            if self.reinforced or (block["v"] and form.square)
            else None
        )

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H', W / stride)."""
        reduced = self.reduce(x)
        sums = [branch(reduced) for branch in self.branches]
        for i in range(1, len(sums)):
            sums[i] = sums[i - 1] + sums[i]
        out: Tensor = self.expand(self.merge(torch.cat(sums, dim=1)))
        if self.residual:
            out = x + out
        if self.pool is not None:
            out = torch.cat([self.pool(x), out], dim=1)
        if self.reinforce is not None and self.reinforced:
            out = out + self.reinforce(pooled(image, self.halvings, self.stride))
        return self.activation(out)  # type: ignore[no-any-return]
