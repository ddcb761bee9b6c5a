"""The settings of a search for bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from squeezeseg.compression.retraining import RETRAINING
from squeezeseg.training.loop import TrainSettings

WEIGHT_BITS, ACTIVATION_BITS = (2, 3, 4, 6, 8), (4, 8)
RECIPE: Mapping[str, Any] = {**RETRAINING, "batch": 4}
"""The settings of training that differ from its defaults: small steps, as after compression."""


class PrecisionSettings(BaseModel):
    """The settings of a search for bits.

    recipe: of the weights: steps, batch, rate, losses, augmentation, seed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=1, description="bytes of the file at most")
    codec: Literal["range", "bits"] = "range"
    activation_bits: float | None = Field(
        None, gt=ACTIVATION_BITS[0], le=ACTIVATION_BITS[-1], description="mean of all activations' bits at most"
    )
    quantizer: Literal["lsq", "pact"] = Field("lsq", description="of activations")
    weights_first: float = Field(0.2, ge=0, lt=1, description="share of the steps that train the weights alone")
    prior: float = Field(10.0, ge=0, description="weight of what each width damages alone, which scores start at")
    rate: float = Field(0.1, gt=0, description="of the distribution")
    hottest: float = Field(2.0, gt=0, description="temperature of Gumbel softmax at first")
    coldest: float = Field(0.2, gt=0, description="temperature of Gumbel softmax at last")
    draws: int = Field(15, ge=0, description="ways that are drawn in the end, and ranked beside the likeliest")
    judge: int = Field(16, ge=1, description="held-out batches that they are ranked by")
    recipe: TrainSettings = TrainSettings(**RECIPE)

    @property
    def alone(self) -> int:
        """Steps that train the weights alone."""
        return round(self.weights_first * self.recipe.steps)

    def temperature(self, step: int) -> float:
        """Of Gumbel softmax: it falls from step to step by the same factor."""
        share = (step - self.alone) / max(1, self.recipe.steps - self.alone - 1)
        return float(self.hottest * (self.coldest / self.hottest) ** min(1.0, max(0.0, share)))
