"""The settings of a search."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from squeezeseg.search.schedule import SearchSchedule
from squeezeseg.training.settings import TrainSettings

RECIPE: dict[str, Any] = {"steps": 2000, "warm_up": 50, "crf_steps": 0, "augmentation": {"thin": 0}}
"""What the recipe of the shared weights has where it isn't the usual one's."""


class SearchSettings(SearchSchedule):
    """The settings of a search.

    recipe: of the shared weights: steps, batch, rate, losses, augmentation, seed. Its model and CRF don't count.
    """

    space: str = "range"
    method: Literal["dnas", "random"] = "dnas"
    latency: float = Field(gt=0, description="seconds that a network may take")
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
    def candidates(self) -> int:
        """Networks that are ranked.

        Random search learns no distribution. It ranks so many more as the forward passes that are saved would pay for.
        """
        saved = (self.recipe.steps - self.alone) * self.paths
        return self.draws + (saved // (self.settle + self.judge) if self.method == "random" else 0)
