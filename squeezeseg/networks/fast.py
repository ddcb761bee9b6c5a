"""fast: as accurate as SqueezeSeg at a third of its time, by where the pixels are spent.

SqueezeSeg's first and last layers see 64 x 512 pixels with few channels, which is slow on any processor: they
move more data than they compute. Here four columns at a time are folded into channels (space to depth), so
nothing runs on more than 64 x 128 pixels, and all convolutions are the plain 3x3 ones that processors do best.
"""

from __future__ import annotations

from torch import Tensor, nn

from squeezeseg.networks.blocks import ConvUnit, Residual, fold_columns, initialise, unfold_columns, with_mask

FOLD = 4
"""Columns that the stem folds into one."""


class Fast(nn.Module):
    """Residual blocks of 3x3 convolutions at 1/4, 1/8 and 1/16 of the width; it is only ever folded and unfolded.

    Args:
        classes: C.
        batch_norm: after every convolution but the last, for training; `fold_batch_norm` takes it away again.
        widths: channels at 1/4, 1/8 and 1/16 of the width.
        depths: residual blocks there.
    """

    width_multiple = 16
    """The input's width must be a multiple of this."""

    def __init__(
        self,
        classes: int = 4,
        *,
        batch_norm: bool = False,
        widths: tuple[int, int, int] = (32, 64, 128),
        depths: tuple[int, int, int] = (2, 2, 1),
    ) -> None:
        super().__init__()

        def conv(inputs: int, outputs: int, size: int = 3) -> ConvUnit:
            return ConvUnit(nn.Conv2d(inputs, outputs, size, padding=size // 2), batch_norm)

        def blocks(stage: int) -> nn.Sequential:
            return nn.Sequential(*(Residual(widths[stage], batch_norm) for _ in range(depths[stage])))

        fine, middle, coarse = widths
        self.stem = conv(6 * FOLD, fine)
        self.stage1 = blocks(0)
        self.down2 = conv(2 * fine, middle)
        self.stage2 = blocks(1)
        self.down3 = conv(2 * middle, coarse)
        self.stage3 = blocks(2)
        self.up2 = conv(coarse, 2 * middle, 1)
        self.merge2 = conv(middle, middle)
        self.up1 = conv(middle, 2 * fine, 1)
        self.merge1 = Residual(fine, batch_norm)
        self.head = nn.Conv2d(fine, classes * FOLD, 3, padding=1)
        initialise(self)
        nn.init.normal_(self.head.weight, std=0.01)

    def forward(self, x: Tensor) -> Tensor:
        """Normalised range images (B, 5, H, W) -> logits (B, C, H, W); W a multiple of 16."""
        quarter = self.stage1(self.stem(fold_columns(with_mask(x), FOLD)))  # (B, 32, H, W/4)
        eighth = self.stage2(self.down2(fold_columns(quarter, 2)))  # (B, 64, H, W/8)
        deep = self.stage3(self.down3(fold_columns(eighth, 2)))  # (B, 128, H, W/16)
        up = self.merge2(unfold_columns(self.up2(deep), 2) + eighth)
        up = self.merge1(unfold_columns(self.up1(up), 2) + quarter)  # (B, 32, H, W/4)
        return unfold_columns(self.head(up), FOLD)
