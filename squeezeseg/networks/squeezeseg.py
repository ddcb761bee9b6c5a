"""SqueezeSeg: a SqueezeNet encoder and a fire-deconv decoder over range images.

Wu et al., SqueezeSeg, ICRA 2018, section III.B; sizes after the official TensorFlow code. All strides run
along the width, for a range image is wide and low.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from squeezeseg.networks.blocks import ContextAggregation, ConvUnit, initialise, with_mask


class Fire(nn.Module):
    """Squeeze to few channels, then expand them by 1x1 and 3x3 kernels side by side (SqueezeNet, fig. 1).

    With `upsample`, a transposed 1x4 convolution doubles the width between the two: SqueezeSeg's fire-deconv.
    """

    def __init__(
        self,
        channels: int,
        squeeze: int,
        expand1: int,
        expand3: int,
        *,
        upsample: bool = False,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.squeeze = ConvUnit(nn.Conv2d(channels, squeeze, 1), batch_norm)
        self.upsample: nn.Module = nn.Identity()
        if upsample:
            deconv = nn.ConvTranspose2d(squeeze, squeeze, (1, 4), stride=(1, 2), padding=(0, 1))
            self.upsample = ConvUnit(deconv, batch_norm)
        self.expand1 = ConvUnit(nn.Conv2d(squeeze, expand1, 1), batch_norm)
        self.expand3 = ConvUnit(nn.Conv2d(squeeze, expand3, 3, padding=1), batch_norm)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, expand1 + expand3, H, W), or twice as wide."""
        x = self.upsample(self.squeeze(x))
        return torch.cat([self.expand1(x), self.expand3(x)], dim=1)


class SqueezeSeg(nn.Module):
    """The paper's network without its CRF: 906,308 parameters at 4 classes without batch norm.

    Args:
        classes: C.
        batch_norm: after every convolution but the last, for training; `fold_batch_norm` takes it away again.
        dropout: of the last features, in training.
        mask, context: what SqueezeSegV2 adds (Wu et al., ICRA 2019, section III.A): a sixth channel that tells
            returns from empty pixels, and context aggregation after the first three stages.
    """

    width_multiple = 16
    """The input's width must be a multiple of this."""

    def __init__(
        self,
        classes: int = 4,
        *,
        batch_norm: bool = False,
        dropout: float = 0.1,
        mask: bool = False,
        context: bool = False,
    ) -> None:
        super().__init__()

        def fire(channels: int, squeeze: int, expand: int, *, upsample: bool = False) -> Fire:
            return Fire(channels, squeeze, expand, expand, upsample=upsample, batch_norm=batch_norm)

        def aggregate(channels: int) -> nn.Module:
            return ContextAggregation(channels) if context else nn.Identity()

        self.mask = mask
        self.conv1 = ConvUnit(nn.Conv2d(5 + mask, 64, 3, stride=(1, 2), padding=1), batch_norm)
        self.skip = ConvUnit(nn.Conv2d(5 + mask, 64, 1), batch_norm)
        self.context1, self.context2, self.context3 = aggregate(64), aggregate(128), aggregate(128)
        self.pool = nn.MaxPool2d(3, stride=(1, 2), padding=1)
        self.fire2, self.fire3 = fire(64, 16, 64), fire(128, 16, 64)
        self.fire4, self.fire5 = fire(128, 32, 128), fire(256, 32, 128)
        self.fire6, self.fire7 = fire(256, 48, 192), fire(384, 48, 192)
        self.fire8, self.fire9 = fire(384, 64, 256), fire(512, 64, 256)
        self.fire10 = fire(512, 64, 128, upsample=True)
        self.fire11 = fire(256, 32, 64, upsample=True)
        self.fire12 = fire(128, 16, 32, upsample=True)
        self.fire13 = fire(64, 16, 32, upsample=True)
        self.dropout = nn.Dropout2d(dropout)
        self.conv14 = nn.Conv2d(64, classes, 3, padding=1)
        initialise(self)
        nn.init.normal_(self.conv14.weight, std=0.01)

    def forward(self, x: Tensor) -> Tensor:
        """Normalised range images (B, 5, H, W) -> logits (B, C, H, W); W a multiple of 16."""
        if self.mask:
            x = with_mask(x)
        half = self.context1(self.conv1(x))  # (B, 64, H, W/2)
        quarter = self.context2(self.fire2(self.pool(half)))
        quarter = self.context3(self.fire3(quarter))  # (B, 128, H, W/4)
        eighth = self.fire5(self.fire4(self.pool(quarter)))  # (B, 256, H, W/8)
        deep = self.fire9(self.fire8(self.fire7(self.fire6(self.pool(eighth)))))  # (B, 512, H, W/16)
        up = self.fire10(deep) + eighth
        up = self.fire11(up) + quarter
        up = self.fire12(up) + half
        up = self.fire13(up) + self.skip(x)  # (B, 64, H, W)
        return self.conv14(self.dropout(up))  # type: ignore[no-any-return]
