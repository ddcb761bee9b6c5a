"""SqueezeSeg: a SqueezeNet encoder and a fire-deconv decoder over range images.

Wu et al., SqueezeSeg, ICRA 2018, section III.B; sizes after the official TensorFlow code. All strides run
along the width, for a range image is wide and low.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConvUnit(nn.Module):
    """Convolution, batch norm if asked for, ReLU."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d, batch_norm: bool) -> None:
        super().__init__()
        self.conv = conv
        self.norm: nn.Module = nn.BatchNorm2d(conv.out_channels) if batch_norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """(B, Cin, H, W) -> (B, Cout, H, W')."""
        return torch.relu(self.norm(self.conv(x)))


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
    """

    width_multiple = 16
    """The input's width must be a multiple of this."""

    def __init__(self, classes: int = 4, *, batch_norm: bool = False, dropout: float = 0.1) -> None:
        super().__init__()

        def fire(channels: int, squeeze: int, expand: int, *, upsample: bool = False) -> Fire:
            return Fire(channels, squeeze, expand, expand, upsample=upsample, batch_norm=batch_norm)

        self.conv1 = ConvUnit(nn.Conv2d(5, 64, 3, stride=(1, 2), padding=1), batch_norm)
        self.skip = ConvUnit(nn.Conv2d(5, 64, 1), batch_norm)
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
        self._initialise()

    def forward(self, x: Tensor) -> Tensor:
        """Normalised range images (B, 5, H, W) -> logits (B, C, H, W); W a multiple of 16."""
        half = self.conv1(x)  # (B, 64, H, W/2)
        quarter = self.fire3(self.fire2(self.pool(half)))  # (B, 128, H, W/4)
        eighth = self.fire5(self.fire4(self.pool(quarter)))  # (B, 256, H, W/8)
        deep = self.fire9(self.fire8(self.fire7(self.fire6(self.pool(eighth)))))  # (B, 512, H, W/16)
        up = self.fire10(deep) + eighth
        up = self.fire11(up) + quarter
        up = self.fire12(up) + half
        up = self.fire13(up) + self.skip(x)  # (B, 64, H, W)
        return self.conv14(self.dropout(up))  # type: ignore[no-any-return]

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(_bias(module))
            elif isinstance(module, nn.ConvTranspose2d):
                # Linear interpolation by two, each channel for itself, as the official code starts them.
                with torch.no_grad():
                    module.weight.zero_()
                    taps = torch.tensor([0.25, 0.75, 0.75, 0.25])
                    for channel in range(module.in_channels):
                        module.weight[channel, channel, 0] = taps
                nn.init.zeros_(_bias(module))
        nn.init.normal_(self.conv14.weight, std=0.01)


def _bias(module: nn.Conv2d | nn.ConvTranspose2d) -> Tensor:
    assert module.bias is not None
    return module.bias
