"""The objective of a search: accuracy and latency in one number, and its gradient for the distribution.

FBNet's loss is CE * alpha * (ln LAT)^beta, LAT in microseconds (Wu et al., CVPR 2019, equation 2); in milliseconds the
logarithm of a fast network is negative and its power no number.

FBNet mixes the outputs of all candidates of a layer. That costs the sum of all of them, and stems and widths, whose
outputs differ in shape, can't be mixed. Here networks are sampled whole, hard: a step costs what a few of them cost,
and what is trained and judged is a network as it will be. So latency and accuracy get their gradients in two ways:

- LAT is a sum of table entries, multilinear in the one-hot choices: its gradient goes straight through Gumbel softmax,
  whose temperature falls, to all options, those that weren't drawn as well.
- CE has no such gradient. On the one path that was computed, a gate of 1 behind each block gets none that means
  anything: the batch norm that follows takes every scale out again. Sampled networks are compared with each other
  instead, on the same samples: each makes its choices likelier by as much as its CE is below the mean of the others
  (the score function with the leave-one-out mean as its baseline; Kool et al., Buy 4 REINFORCE Samples, 2019).

Both add up to the whole gradient: CE f(LAT) is (CE - b) f(LAT) + b f(LAT), and b, made of other samples, is constant.
Only networks within the bound are drawn. That truncates the distribution, and its norm depends on the parameters, but
with such baselines the norm's gradient drops out of the first part.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from squeezeseg.search.supernet.distribution import Distribution, Sample
from squeezeseg.search.supernet.latency import LatencyModel


def latency_factor(seconds: Tensor, alpha: float, beta: float) -> Tensor:
    """alpha * (ln LAT)^beta, LAT in microseconds.

    Example:
        >>> latency_factor(torch.tensor(2.718281828e-6), 0.2, 0.6).item()
        0.2
    """
    return alpha * (seconds * 1e6).log() ** beta


def surrogate(
    distribution: Distribution,
    latency: LatencyModel,
    samples: Sequence[Sample],
    losses: Sequence[float],
    *,
    temperature: float,
    alpha: float,
    beta: float,
) -> Tensor:
    """A number whose gradient for theta estimates that of the mean of CE * alpha * (ln LAT)^beta.

    samples: two or more that were drawn from the distribution. losses: their CE, on the same batch.
    """
    total = torch.zeros((), dtype=torch.float64)
    for number, (sample, loss) in enumerate(zip(samples, losses, strict=True)):
        others = [one for k, one in enumerate(losses) if k != number]
        baseline = sum(others) / len(others)
        factor = latency_factor(latency.relaxed(distribution.straight_through(sample, temperature)), alpha, beta)
        better = factor.detach() * (loss - baseline)
        total = total + better * distribution.log_probability(sample.choices) + baseline * factor
    return total / len(samples)
