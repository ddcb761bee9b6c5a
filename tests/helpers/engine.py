"""An engine without a network: what reflects strongly is a car. Fast, and known to find what the test put there."""

from __future__ import annotations

import time

import numpy as np
from oracles.objects import likeliest

from helpers.models import card
from projection import PRESETS
from squeezeseg import InferenceSettings, Model, Segmenter, load_model
from squeezeseg.objects import PART

CHECKSUM = "0" * 64


class ReflectanceEngine:
    name = "reflectance"
    reason = ""
    device = "cpu"
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
        return {"logits": logits}

    def clone(self):
        return self


def segmenter(
    weights="squeezeseg",
    *,
    sensor=PRESETS["hdl64"],
    view="full",
    engine="auto",
    precision="auto",
    lanes=1,
    crf=True,
    neighbours=5,
    objects=True,
    unknown_below=0.0,
    stall_after=None,
):
    """Stands in for Segmenter.load; weights other than the embedded ones are really read.

    stall_after: so many scans, for a test to stop the process.
    """
    made = card("reflectance", file="none", checksum=CHECKSUM)
    if weights != "squeezeseg":
        made = load_model(weights).card
    sensor = sensor.with_view(view) if sensor.full_turn else sensor
    return Segmenter(
        ReflectanceEngine(stall_after),
        Model(made, {f"{PART}.{name}": value for name, value in likeliest().items()}),
        sensor,
        InferenceSettings(crf=False, neighbours=neighbours, objects=objects, unknown_below=unknown_below),
    )
