"""Distribution over the widths of a network's layers, of which a mean cost is never above what may be spent.

Each layer has a score for each width, which is learned; beside the scores a width pays its cost, at one price for all
layers, and softmax makes probabilities of the difference. The price is the least at which the mean cost is within the
budget, found anew for the scores of each step: the same price of a byte as in `compression.allocation`.

A score falls by what its width damages, as the loss's gradient for its share has it, in units that are the same for all
layers. (That is the exponentiated gradient of Kivinen and Warmuth, 1997, held to the budget. Adam, which a search for
architectures uses, divides each layer's gradient by its own size: a layer that bears two bits and one that doesn't
would look alike.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.compression.allocation import Choice, allocate

Picks = tuple[int, ...]
"""A width's number for each layer."""
_REMEMBERED = 0.9
_HALVINGS = 60
_ROUNDS, _AT_ONCE = 20, 64


class Distribution:
    """Probabilities of each layer's K widths.

    costs: (L, K) of a width in a layer. budget: that the sum of a network's may be at most.
    scores: (L, K), what is learned. size, steps: of the gradients so far, for their unit.

    Raises:
        InputError: the cheapest widths cost more than the budget.
    """

    def __init__(self, costs: NDArray[np.float64], budget: float, what: str = "bytes") -> None:
        self.costs, self.budget = costs, budget
        self.scores = np.zeros_like(costs)
        self.size, self.steps = 0.0, 0
        if (least := costs.min(1).sum()) > budget:
            raise InputError(f"{budget:,.0f} {what} are too few, {least:,.0f} the least; allow more")

    @property
    def logits(self) -> NDArray[np.float64]:
        """(L, K)."""
        if self._mean(0.0) <= self.budget:
            return self.scores
        low, high = 0.0, 1 / self.costs.mean()
        while self._mean(high) > self.budget and high < 1e30:
            low, high = high, 4 * high
        for _ in range(_HALVINGS):
            price = (low + high) / 2
            low, high = (low, price) if self._mean(price) <= self.budget else (price, high)
        return np.asarray(self.scores - high * self.costs)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """(L, K)."""
        return _softmax(self.logits)

    @property
    def mean_cost(self) -> float:
        """Of a network that is drawn."""
        return float((self.probabilities * self.costs).sum())

    def shares(self, temperature: float, random: np.random.Generator) -> NDArray[np.float64]:
        """(L, K): a sample of Gumbel softmax, the nearer to a choice the colder it is."""
        return _softmax((self.logits + random.gumbel(size=self.scores.shape)) / temperature)

    def draw(self, random: np.random.Generator) -> Picks:
        """A network's widths, whatever they cost."""
        picked = (self.logits + random.gumbel(size=self.scores.shape)).argmax(1)
        return tuple(int(one) for one in picked)

    def draw_within(self, count: int, random: np.random.Generator) -> list[Picks]:
        """Different ones within the budget; fewer where it hardly has as many."""
        found: dict[Picks, None] = {}
        for _ in range(_ROUNDS * _AT_ONCE):
            if len(found) >= count:
                break
            if self.cost(picks := self.draw(random)) <= self.budget:
                found[picks] = None
        return list(found)

    def likeliest(self) -> Picks:
        """The likeliest widths within the budget."""
        choices = {
            str(layer): [Choice(k, self.costs[layer, k], -self.scores[layer, k]) for k in range(self.costs.shape[1])]
            for layer in range(len(self.costs))
        }
        return tuple(one.value for one in allocate(choices, self.budget).values())

    def cost(self, picks: Sequence[int]) -> float:
        """Of a network."""
        return float(self.costs[np.arange(len(picks)), list(picks)].sum())

    def begin(self, damage: NDArray[np.float64], size: float) -> None:
        """Start the scores at the damage (L, K) that each width does, `size` the mean of their differences."""
        spread = damage - damage.mean(1, keepdims=True)
        if (unit := float(np.abs(spread).mean())) > 0:
            self.scores = -size * spread / unit

    def learn(self, gradient: NDArray[np.float64], rate: float) -> None:
        """Move the scores against the gradient (L, K) of the loss for the shares."""
        spread = gradient - gradient.mean(1, keepdims=True)
        self.size = _REMEMBERED * self.size + (1 - _REMEMBERED) * float(np.abs(spread).mean())
        self.steps += 1
        unit = self.size / (1 - _REMEMBERED**self.steps)
        if unit > 0:
            self.scores = self.scores - rate * spread / unit

    def _mean(self, price: float) -> float:
        return float((_softmax(self.scores - price * self.costs) * self.costs).sum())


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))
