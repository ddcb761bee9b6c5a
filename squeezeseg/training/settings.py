"""The settings of a training run, and what follows from them alone."""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field

from data.labels import CLASS_TABLE, CLASSES
from squeezeseg.engines import processor
from squeezeseg.training.augmentation import Augmentation
from squeezeseg.training.samples import COLUMNS


class TrainSettings(BaseModel):
    """The settings of a training run. The defaults made the embedded weights."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = "squeezeseg"
    steps: int = Field(5600, ge=1)
    batch: int = Field(8, ge=1)
    width: int = Field(256, ge=64, le=COLUMNS, multiple_of=16, description="columns of a sample")
    optimiser: Literal["adamw", "sgd"] = "adamw"
    rate: float = Field(2e-3, gt=0, description="peak learning rate")
    schedule: Literal["cosine", "step"] = "cosine"
    halve_every: int = Field(10_000, ge=1, description="steps, for the step schedule")
    warm_up: int = Field(100, ge=0, description="steps")
    decay: float = Field(1e-4, ge=0, description="weight decay")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    class_weights: tuple[float, ...] = Field(
        tuple(one.loss_weight for one in CLASS_TABLE), min_length=len(CLASSES), max_length=len(CLASSES)
    )
    focal: float = Field(0.0, ge=0, description="gamma of the focal loss, 0 for cross entropy")
    lovasz: float = Field(1.0, ge=0, description="weight of the Lovasz loss")
    average: float = Field(0.998, ge=0, lt=1, description="of the weights, per step")
    batch_norm: bool = True
    crf_joint: float = Field(0.0, ge=0, le=1, description="last share of the steps in which the CRF is trained too")
    crf_steps: int = Field(200, ge=0, description="steps that fit the CRF afterwards, 0 to leave it as it is")
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    compile: bool = Field(False, description="compile the network first (needs a C++ compiler)")
    distil: float = Field(1.0, gt=0, description="weight of the teachers' loss, where there are any")
    softness: float = Field(2.0, gt=0, description="temperature at which a student is compared with its teachers")
    uses: float | None = Field(
        None, ge=1, description="of each simulated scan where streets never repeat; without, their number is fixed"
    )
    rehearse: float = Field(0.0, ge=0, lt=1, description="share of the samples that are drawn from other, older data")
    seed: int = 0
    checkpoint_every: int = Field(200, ge=1, description="steps")
    augmentation: Augmentation = Augmentation()


def learning_rate(settings: TrainSettings, step: int) -> float:
    """The learning rate of a step."""
    warm = min(1.0, (step + 1) / max(settings.warm_up, 1))
    if settings.schedule == "step":
        return float(settings.rate * warm * 0.5 ** (step // settings.halve_every))
    return float(settings.rate * warm * (0.5 + 0.5 * math.cos(math.pi * step / settings.steps)))


def in_bfloat16(precision: str, device: torch.device) -> bool:
    """True if networks are trained in bfloat16 on a device. precision: as in `TrainSettings`."""
    fast = device.type == "cuda" or processor.describe().amx
    return precision == "bfloat16" or (precision == "auto" and fast)
