"""The fit of the CRF's compatibility matrices to a finished network."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from crf import CRFSettings
from crf.recurrent import RecurrentCRF
from squeezeseg.networks.normalisation import RANGE, Normalisation
from squeezeseg.training.batch import Batch

LEARNING_RATE = 0.01
"""At the start; it falls to 0."""


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

    def forward(self, logits: Tensor, images: Tensor) -> Tensor:
        """Logits (B, C, H, W) and images as `Normalisation.scaled` gives them -> energies (B, C, H, W), scaled."""
        mask = images[:, RANGE] > self.empty_range
        return self.sharpness.exp() * self.crf(logits, images[:, :3].float(), mask)  # type: ignore[no-any-return]


def fit_crf(
    network: nn.Module,
    batches: Iterator[Batch],
    steps: int,
    loss: Callable[[Tensor, Tensor], Tensor],
    report: Callable[[int, float, float], None],
    crf: nn.Module,
) -> None:
    """Fit `crf`, a SharpCRF, to a finished network, in place.

    batches: at least `steps`. loss: of (energies, labels).
    report: told steps done, loss and learning rate.
    """
    optimiser = torch.optim.Adam(crf.parameters(), LEARNING_RATE)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate = LEARNING_RATE * (1 - step / steps)
        inputs, images, labels, _ = next(batches)
        with torch.no_grad():
            logits = network(inputs)["logits"].float()
        value = loss(crf(logits, images), labels)
        optimiser.zero_grad()
        torch.autograd.backward(value)
        optimiser.step()
        report(step + 1, value.item(), rate)
