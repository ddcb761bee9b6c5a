"""Fits to a finished network: the CRF's compatibility matrices and the temperature of the confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor, nn

from crf import CRFSettings
from crf.recurrent import RecurrentCRF
from squeezeseg.networks.normalisation import RANGE, Normalisation

RATE = 0.01
"""Learning rate at the start of the CRF's fit; it falls to 0."""
TEMPERATURES = 0.1, 10.0
"""Between which the temperature is looked for."""


class SharpCRF(nn.Module):
    """A CRF whose energies have a scale of their own while it is trained; the scale is not kept.

    Energies are softmaxed again in each iteration, so they differ little. Scaled, they make probabilities, and the
    matrices needn't distort the labels for it.
    """

    def __init__(self, settings: CRFSettings, normalisation: Normalisation) -> None:
        super().__init__()
        self.empty_range = normalisation.empty_range
        self.crf = RecurrentCRF(settings)
        self.sharpness = nn.Parameter(torch.tensor(3.0))

    def forward(self, logits: Tensor, inputs: Tensor) -> Tensor:
        """Logits (B, C, H, W) and normalised range images (B, 5, H, W) -> energies (B, C, H, W), scaled."""
        mask = inputs[:, RANGE] > self.empty_range
        return self.sharpness.exp() * self.crf(logits, inputs[:, :3].float(), mask)  # type: ignore[no-any-return]


def fit_crf(
    network: nn.Module,
    batches: Iterator[tuple[Tensor, Tensor]],
    steps: int,
    loss: Callable[[Tensor, Tensor], Tensor],
    report: Callable[[int, float, float], None],
    crf: SharpCRF,
) -> None:
    """Fit `crf` to a finished network, in place.

    batches: of normalised range images (B, 5, H, W) and labels (B, H, W). loss: of (energies, labels).
    report: told steps done, loss and learning rate.
    """
    optimiser = torch.optim.Adam(crf.parameters(), RATE)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate = RATE * (1 - step / steps)
        inputs, labels = next(batches)
        with torch.no_grad():
            logits = network(inputs)["logits"].float()
        value = loss(crf(logits, inputs), labels)
        optimiser.zero_grad()
        torch.autograd.backward(value)
        optimiser.step()
        report(step + 1, value.item(), rate)


def fit_temperature(logits: NDArray[np.float32], truth: NDArray[np.uint8]) -> float:
    """The T for which softmax(logits / T) is least surprised by the truth (Guo et al., ICML 2017, section 4.2).

    logits: (P, C). truth: (P,) class ids.

    Raises:
        ValueError: there is nothing to fit to.
    """
    if len(logits) == 0 or logits.shape[:1] != truth.shape:
        raise ValueError(f"expected logits (P, C) and truth (P,), P at least 1, got {logits.shape} and {truth.shape}")
    scores = logits.astype(np.float64)
    own = np.take_along_axis(scores, truth[:, None].astype(np.int64), axis=1)[:, 0]
    top = scores.max(axis=1)

    def surprise(log_temperature: float) -> float:
        t = np.exp(log_temperature)
        return float(np.mean(np.log(np.exp((scores - top[:, None]) / t).sum(axis=1)) + (top - own) / t))

    found = minimize_scalar(surprise, bounds=np.log(TEMPERATURES), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x))
