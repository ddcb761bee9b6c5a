"""An engine without a network: what reflects strongly is a car. Fast, and known to find what the test put there."""

from __future__ import annotations

import time

import numpy as np

from projection import PRESETS
from squeezeseg import Model, ModelCard, Segmenter, load_model

CHECKSUM = "0" * 64


class ReflectanceEngine:
    name = "reflectance"
    width_multiple = 16

    def __init__(self, seconds=0.0):
        self.seconds = seconds

    def __call__(self, inputs):
        time.sleep(self.seconds)
        logits = np.zeros((len(inputs), 4, *inputs.shape[2:]), np.float32)
        logits[:, 1] = np.where(inputs[:, 3] > (0.5 - 0.21) / 0.16, 4, -4)
        return logits


def segmenter(
    weights="squeezeseg", *, sensor=PRESETS["hdl64"], view="full", precision="auto", crf=True, neighbours=5, seconds=0.0
):
    """Stands in for Segmenter.load; weights other than the embedded ones are really read."""
    card = ModelCard("reflectance", file="none", checksum=CHECKSUM)
    if weights != "squeezeseg":
        card = load_model(weights).card
    sensor = sensor.with_view(view) if sensor.full_turn else sensor
    return Segmenter(ReflectanceEngine(seconds), Model(card, {}), sensor, crf=False, neighbours=neighbours)
