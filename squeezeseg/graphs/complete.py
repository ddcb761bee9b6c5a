"""A network with all that is around it, as one graph: metres in, labels out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from crf import CRFSettings
from crf.recurrent import RecurrentCRF
from squeezeseg.networks.normalisation import Normalisation


class Complete(nn.Module):
    """Normalisation, network, CRF and the choice of the class.

    compatibility: the CRF's 'angular' and 'bilateral' (C, C).
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self,
        network: nn.Module,
        normalisation: Normalisation,
        settings: CRFSettings,
        compatibility: Mapping[str, NDArray[np.float32]],
    ) -> None:
        super().__init__()
        self.network = network
        self.crf = RecurrentCRF(settings)
        self.crf.angular_compatibility.data = torch.from_numpy(compatibility["angular"])
        self.crf.bilateral_compatibility.data = torch.from_numpy(compatibility["bilateral"])
        self.register_buffer("mean", torch.tensor(normalisation.mean).view(1, 5, 1, 1))
        self.register_buffer("scale", (1.0 / torch.tensor(normalisation.std)).view(1, 5, 1, 1))

    def forward(self, scan: Tensor) -> tuple[Tensor, Tensor]:
        """Range images (B, 5, H, W) in metres -> labels (B, H, W) uint8, 0 where empty, and energies (B, C, H, W).

        x, y, z, intensity 0..1 and range of a sensor 1.73 m above the ground; all 0 where there is no return.
        """
        inputs = (scan - self.mean) * self.scale
        mask = scan[:, 4] > 0
        energies = self.crf(self.network(inputs), inputs[:, :3], mask)
        labels = torch.where(mask, energies.argmax(dim=1), 0).to(torch.uint8)
        return labels, energies
