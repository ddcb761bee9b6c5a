"""An engine without a network: what reflects strongly is a car. Fast, and known to find what the test put there."""

from __future__ import annotations

import time

import numpy as np
from oracles.objects import likeliest

from projection import PRESETS
from squeezeseg import InferenceSettings, Model, ModelCard, Segmenter, load_model
from squeezeseg.objects import PART

CHECKSUM = "0" * 64


class ReflectanceEngine:
    name = "reflectance"
    threads = 1
    width_multiple = 16

    def __init__(self, stall_after=None):
        self.calls_left = stall_after

    def __call__(self, inputs):
        if self.calls_left is not None:
            if self.calls_left == 0:
                time.sleep(600)
            self.calls_left -= 1
        logits = np.zeros((len(inputs), 4, *inputs.shape[2:]), np.float32)
        logits[:, 0] = 2
        logits[:, 1] = np.where(inputs[:, 3] > (0.5 - 0.21) / 0.16, 4, -4)
        return logits

    def twin(self):
        return self


def segmenter(model=None, *, settings=None, sensor=PRESETS["hdl64"], stall_after=None, **given):
    """Stands in for Segmenter.load; weights other than the embedded ones are really read.

    stall_after: so many scans, for a test to stop the process.
    """
    changes = {"model": None if model is None else str(model), **given}
    changes = {name: value for name, value in changes.items() if value is not None}
    settings = InferenceSettings.given(**changes) if settings is None else settings.changed(**changes)
    card = ModelCard("reflectance", file="none", checksum=CHECKSUM)
    if settings.model != "squeezeseg":
        card = load_model(settings.model).card
    return Segmenter(
        ReflectanceEngine(stall_after),
        Model(card, {f"{PART}.{name}": value for name, value in likeliest().items()}),
        sensor.with_view(settings.view) if sensor.full_turn else sensor,
        crf=False,
        neighbours=settings.neighbours,
        objects=settings.objects,
        unknown_below=settings.unknown_below,
    )
