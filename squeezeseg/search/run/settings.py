"""The settings of a search."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from squeezeseg.training.loop import TrainSettings

RECIPE: dict[str, Any] = {"steps": 2000, "warm_up": 50, "crf_steps": 0}
"""What the recipe of the shared weights has where it isn't the usual one's."""


class SearchSettings(BaseModel):
    """The settings of a search.

    recipe: of the shared weights: steps, batch, rate, losses, augmentation, seed. Its model and CRF don't count.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    space: str = "range"
    method: Literal["dnas", "random"] = "dnas"
    latency: float = Field(gt=0, description="seconds that a network may take")
    weights_first: float = Field(0.2, ge=0, lt=1, description="share of the steps that train the weights alone")
    paths: int = Field(4, ge=2, description="networks that are compared in a step of the architecture")
    rate: float = Field(0.03, gt=0, description="learning rate of the architecture parameters")
    decay: float = Field(5e-4, ge=0, description="weight decay of the architecture parameters")
    hottest: float = Field(5.0, gt=0, description="temperature of Gumbel softmax at first")
    coldest: float = Field(0.1, gt=0, description="temperature of Gumbel softmax at last")
    alpha: float = Field(0.2, gt=0, description="of the loss CE * alpha * (ln LAT)^beta, LAT in microseconds")
    beta: float = Field(0.6, ge=0, description="its exponent; 0: only the bound counts")
    draws: int = Field(64, ge=1, description="networks that are drawn in the end, and ranked")
    settle: int = Field(8, ge=1, description="batches that a drawn network's batch norm is estimated on")
    judge: int = Field(16, ge=1, description="held-out batches that a drawn network is ranked by")
    found: int = Field(3, ge=1, description="best networks that are kept")
    recipe: TrainSettings = TrainSettings(**RECIPE)

    @property
    def alone(self) -> int:
        """Steps that train the weights alone."""
        return round(self.weights_first * self.recipe.steps)

    @property
    def candidates(self) -> int:
        """Networks that are ranked.

        Random search learns no distribution. It ranks so many more as the forward passes that are saved would pay for.
        """
        saved = (self.recipe.steps - self.alone) * self.paths
        return self.draws + (saved // (self.settle + self.judge) if self.method == "random" else 0)

    def temperature(self, step: int) -> float:
        """Of Gumbel softmax: it falls from step to step by the same factor."""
        share = (step - self.alone) / max(1, self.recipe.steps - self.alone - 1)
        return float(self.hottest * (self.coldest / self.hottest) ** min(1.0, max(0.0, share)))
