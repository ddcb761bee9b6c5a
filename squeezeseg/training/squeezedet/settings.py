"""The settings of a run that trains a detector. The defaults are the published ones."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class DetectorSettings(BaseModel):
    """The settings of a run. Numbers of pixels are of pictures as they are, before they are resized."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Literal["squeezedet", "squeezedet+"] = "squeezedet"
    width: int | None = Field(None, ge=64, le=4096, description="pixels that pictures are resized to")
    height: int | None = Field(None, ge=64, le=4096, description="pixels that pictures are resized to")
    steps: int = Field(50_000, ge=1)
    batch: int = Field(20, ge=1)
    rate: float = Field(0.01, gt=0, description="learning rate")
    halve_every: int = Field(10_000, ge=1, description="steps")
    momentum: float = Field(0.9, ge=0, lt=1)
    decay: float = Field(1e-4, ge=0, description="weight decay, not of biases")
    clip: float = Field(1.0, gt=0, description="largest norm of each tensor's gradient")
    drift_x: int = Field(150, ge=0, description="pixels that a picture is moved at the most")
    drift_y: int = Field(100, ge=0, description="pixels that a picture is moved at the most")
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: int = 0
    checkpoint_every: int = Field(100, ge=1, description="steps")
