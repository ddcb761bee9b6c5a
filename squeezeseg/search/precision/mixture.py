"""Layers at several widths at once.

The parallel edges of a super net (Wu et al., arXiv 1812.00090) are here the same convolution, with its weights and its
input rounded to different widths. A convolution is linear in either, so the mixture of all edges' outputs is one
convolution of mixed weights and a mixed input: sum_ij p_i q_j conv(A_j, W_i) = conv(sum_j q_j A_j, sum_i p_i W_i). All
edges together cost what one of them does, and each share has its exact gradient. (Blocks of a search for architectures
aren't linear in what differs; there a mixture costs the sum of all.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from squeezeseg.compression.quantization import quantize_channels
from squeezeseg.quantizers.learned_clip import LearnedClip
from squeezeseg.quantizers.learned_step import LearnedStep, changed, code_limits, learned_step
from squeezeseg.weights.stored_tensor import SCALE_UNIT


class MixedWeights(nn.Module):
    """Parametrization: weights rounded to several widths, each with learned steps (LSQ), in `shares`.

    shares: (K,) of the widths, adding up to 1.
    """

    starts: Tensor

    def __init__(self, weights: NDArray[np.float32], widths: Sequence[int], axis: int) -> None:
        """axis: of the channels that have steps of their own."""
        super().__init__()
        along = [1] * weights.ndim
        along[axis] = -1
        scales = [quantize_channels(weights, bits, axis).scales.astype(np.float32).reshape(along) for bits in widths]
        self.register_buffer("starts", torch.from_numpy(np.stack(scales) * SCALE_UNIT))
        self._limits = [code_limits(bits) for bits in widths]
        self.shares = torch.eye(len(widths))[-1]

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Weights, and the changes of all steps, to start from."""
        return weight, torch.zeros_like(self.starts)

    def forward(self, weight: Tensor, change: Tensor) -> Tensor:
        """Weights to rounded and mixed ones."""
        steps = changed(self.starts, change)
        parts = [
            share * learned_step(weight, step, *limits)
            for share, step, limits in zip(self.shares, steps, self._limits, strict=True)
            if _counts(share)
        ]
        return torch.stack(parts).sum(0) if len(parts) > 1 else parts[0]


class MixedActivations(nn.Module):
    """What a layer reads, rounded to several widths, in `shares` (K,).

    quantizer: 'lsq' or 'pact'. seen: such activations, none below 0.
    """

    def __init__(self, widths: Sequence[int], seen: Tensor, quantizer: str) -> None:
        super().__init__()
        kind = LearnedClip if quantizer == "pact" else LearnedStep
        self.quantizers = nn.ModuleList(kind(bits, seen) for bits in widths)
        self.shares = torch.eye(len(widths))[-1]

    def forward(self, x: Tensor) -> Tensor:
        """Activations to rounded and mixed ones, in the type they came in."""
        kinds = zip(self.shares, self.quantizers, strict=True)
        parts = [share.to(x.dtype) * rounded(x) for share, rounded in kinds if _counts(share)]
        return torch.stack(parts).sum(0) if len(parts) > 1 else parts[0]


def _counts(share: Tensor) -> bool:
    """False for a share that is 0 and learns nothing, whose width needs no computing."""
    return share.requires_grad or bool(share)
