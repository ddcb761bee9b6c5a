"""The settings of a search for bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from squeezeseg.compression.retraining import RETRAINING
from squeezeseg.search.schedule import SearchSchedule
from squeezeseg.training.settings import TrainSettings

WEIGHT_BITS, ACTIVATION_BITS = (2, 3, 4, 6, 8), (4, 8)
RECIPE: Mapping[str, Any] = {**RETRAINING, "batch": 4}
"""The settings of training that differ from its defaults: small steps, as after compression."""


class PrecisionSettings(SearchSchedule):
    """The settings of a search for bits."""

    size: int = Field(ge=1, description="bytes of the file at most")
    codec: Literal["range", "bits"] = "range"
    activation_bits: float | None = Field(
        None, gt=ACTIVATION_BITS[0], le=ACTIVATION_BITS[-1], description="mean of all activations' bits at most"
    )
    quantizer: Literal["lsq", "pact"] = Field("lsq", description="of activations")
    prior: float = Field(10.0, ge=0, description="weight of what each width damages alone, which scores start at")
    rate: float = Field(0.1, gt=0, description="of the distribution")
    hottest: float = Field(2.0, gt=0, description="temperature of Gumbel softmax at first")
    coldest: float = Field(0.2, gt=0, description="temperature of Gumbel softmax at last")
    draws: int = Field(15, ge=0, description="ways that are drawn in the end, and ranked beside the likeliest")
    judge: int = Field(16, ge=1, description="held-out batches that they are ranked by")
    recipe: TrainSettings = TrainSettings(**RECIPE)
