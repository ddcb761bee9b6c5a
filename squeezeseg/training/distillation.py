"""Distillation: a student learns what its teachers think of each pixel, beside its label."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from projection import InputError
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.weights import Model


class Teachers:
    """Trained networks, of any architecture, that are asked together.

    fingerprint: tells these from others.

    Hinton et al., Distilling the Knowledge in a Neural Network, 2015, section 2.

    Raises:
        InputError: one tells other classes apart than the student, or is a graph.
    """

    def __init__(self, models: Sequence[Model], classes: Sequence[str], device: torch.device | str = "cpu") -> None:
        self._networks: list[tuple[nn.Module, Normalisation, float]] = []
        for model in models:
            if tuple(model.card.classes) != tuple(classes):
                raise InputError(
                    f"{model.path}: a teacher of {', '.join(model.card.classes)}, not {', '.join(classes)}"
                )
            network = load_network(model).to(device)
            self._networks.append((network, model.card.normalisation, model.card.temperature))
        sums = "".join(model.card.checksum or model.checksum() for model in models)
        self.fingerprint = hashlib.sha256(sums.encode()).hexdigest()

    @torch.no_grad()
    def __call__(self, metres: Tensor, softness: float) -> Tensor:
        """The mean of their probabilities (B, C, H, W) for fronts (B, 5, H, W) in metres.

        softness: the temperature; each network's own, which makes its probabilities true, comes to it.
        """
        seen: list[Tensor] = []
        for network, normalisation, temperature in self._networks:
            inputs = torch.from_numpy(normalisation(metres.cpu().numpy())).to(metres.device)
            logits = network(inputs.to(memory_format=torch.channels_last))["logits"].float()
            seen.append((logits / (temperature * softness)).softmax(1))
        return torch.stack(seen).mean(0)


def distillation(logits: Tensor, taught: Tensor, weight: Tensor, softness: float) -> Tensor:
    """Mean divergence of a student from its teachers, KL(taught || student), times the temperature's square.

    The square keeps the gradients as large as those of the labels, whatever the temperature.

    logits: (B, C, H, W). taught: probabilities (B, C, H, W) at the temperature `softness`. weight: (B, H, W), 0 for
        pixels that don't count.
    """
    student = (logits / softness).log_softmax(1)
    apart = (taught * (taught.clamp(min=1e-8).log() - student)).sum(1)
    return softness**2 * (weight * apart).sum() / weight.sum().clamp(min=1e-6)
