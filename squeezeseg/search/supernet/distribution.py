"""The distribution over the networks of a space, which the search learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from projection import InputError
from squeezeseg.search.space import Choices, Space
from squeezeseg.search.supernet.latency import LatencyModel

_AT_ONCE, _ROUNDS = 512, 128
"""Networks that are drawn to find some that are fast enough, and how often before giving up."""


@dataclass(frozen=True, eq=False)
class Sample:
    """A network that was drawn.

    choices: its. seconds: its latency. noise: (D, K), Gumbel's, by which it was drawn.
    """

    choices: Choices
    seconds: float
    noise: Tensor


class Distribution(nn.Module):
    """Independent probabilities for the options of each decision: softmax of the architecture parameters.

    theta: (D, K), 0 at first, so that all options are alike; K is the largest number of options of a decision.
    """

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.counts = [len(decision.options) for decision in space.decisions]
        self.theta = nn.Parameter(torch.zeros(len(self.counts), max(self.counts)))
        absent = torch.arange(max(self.counts))[None] >= torch.tensor(self.counts)[:, None]
        self.absent: Tensor
        self.register_buffer("absent", absent, persistent=False)

    @property
    def logits(self) -> Tensor:
        """(D, K), those of options that there are not at minus infinity."""
        return self.theta.masked_fill(self.absent, -torch.inf)

    def probabilities(self) -> list[list[float]]:
        """Of the options of each decision."""
        rows: list[list[float]] = self.logits.detach().softmax(-1).tolist()
        return [row[:count] for row, count in zip(rows, self.counts, strict=True)]

    def draw(self, latency: LatencyModel, bound: float, count: int, seed: int) -> list[Sample]:
        """Networks that take at most `bound` seconds, each by the Gumbel-max rule: an exact sample, whatever the
        temperature; those that are too slow are drawn again.

        Raises:
            InputError: hardly any is so fast.
        """
        generator = torch.Generator().manual_seed(seed)
        found: list[Sample] = []
        fastest, logits = np.inf, self.logits.detach()
        for _ in range(_ROUNDS):
            uniform = torch.rand((_AT_ONCE, *logits.shape), generator=generator).clamp(1e-12, 1 - 1e-7)
            noise = -(-uniform.log()).log()
            picked: NDArray[np.int64] = (logits + noise).argmax(-1).numpy()
            seconds = latency.seconds(picked)
            fastest = min(fastest, float(seconds.min()))
            for number in np.flatnonzero(seconds <= bound)[: count - len(found)].tolist():
                choices = tuple(int(one) for one in picked[number])
                found.append(Sample(choices, float(seconds[number]), noise[number]))
            if len(found) == count:
                return found
        raise InputError(
            f"of {_ROUNDS * _AT_ONCE:,} networks drawn {len(found) or 'none'} took at most {bound * 1e3:g} ms, the "
            f"fastest {fastest * 1e3:.3g} ms; give a larger --latency"
        )

    def log_probability(self, choices: Choices) -> Tensor:
        """Of drawing a network, whatever its latency."""
        rows = torch.arange(len(choices))
        return self.logits.log_softmax(-1)[rows, torch.tensor(choices)].sum()

    def straight_through(self, sample: Sample, temperature: float) -> list[Tensor]:
        """One-hot vectors of a sample's choices, whose gradient is the Gumbel softmax's at a temperature.

        Jang et al., Categorical Reparameterization with Gumbel-Softmax, ICLR 2017, section 2.2.
        """
        soft = ((self.logits + sample.noise) / temperature).softmax(-1)
        hard = nn.functional.one_hot(torch.tensor(sample.choices), soft.shape[-1])
        rows = hard + soft - soft.detach()
        return [row[:count] for row, count in zip(rows, self.counts, strict=True)]
