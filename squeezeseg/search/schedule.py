"""The schedule of a differentiable search: weights alone at first, then a distribution too, ever less by chance."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from squeezeseg.training.settings import TrainSettings


class SearchSchedule(BaseModel):
    """What the settings of all searches have.

    recipe: of the weights: steps, batch, rate, losses, augmentation, seed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights_first: float = Field(0.2, ge=0, lt=1, description="share of the steps that train the weights alone")
    hottest: float = Field(gt=0, description="temperature of Gumbel softmax at first")
    coldest: float = Field(gt=0, description="temperature of Gumbel softmax at last")
    recipe: TrainSettings

    @property
    def alone(self) -> int:
        """Steps that train the weights alone."""
        return round(self.weights_first * self.recipe.steps)

    def temperature(self, step: int) -> float:
        """Of Gumbel softmax: it falls from step to step by the same factor."""
        share = (step - self.alone) / max(1, self.recipe.steps - self.alone - 1)
        return float(self.hottest * (self.coldest / self.hottest) ** min(1.0, max(0.0, share)))
