"""A network with normalisation and CRF as one graph: metres in, labels out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from crf import CRFSettings
from crf.recurrent import RecurrentCRF
from squeezeseg.networks.build import Network
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.networks.normalise import Normalise


class Complete(nn.Module):
    """Normalisation, network, CRF and the choice of the class.

    compatibility: the CRF's 'angular' and 'bilateral' (C, C).
    """

    def __init__(
        self,
        network: Network,
        normalisation: Normalisation,
        settings: CRFSettings,
        compatibility: Mapping[str, NDArray[np.float32]],
    ) -> None:
        super().__init__()
        self.network = network
        self.crf = RecurrentCRF(settings)
        self.crf.angular_compatibility.data = torch.from_numpy(compatibility["angular"])
        self.crf.bilateral_compatibility.data = torch.from_numpy(compatibility["bilateral"])
        self.normalise = Normalise(normalisation)

    def forward(self, scan: Tensor) -> tuple[Tensor, Tensor]:
        """Range images (B, 5, H, W) in metres -> labels (B, H, W) uint8, 0 where empty, and energies (B, C, H, W).

        x, y, z, intensity 0..1 and range of a sensor as high above the ground as that of training; all 0 where there is
        no return.
        """
        inputs = self.normalise(scan)
        mask = scan[:, 4] > 0
        # Not scaled twice where the network sees the scaled image itself.
        images = inputs if self.normalise.encoding == "cartesian" else self.normalise.scaled(scan)
        energies = self.crf(self.network(inputs)["logits"], images[:, :3], mask)
        labels = torch.where(mask, energies.argmax(dim=1), 0).to(torch.uint8)
        return labels, energies
