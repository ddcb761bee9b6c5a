"""An engine without a network: what reflects strongly is a car. Fast, and known to find what the test put there."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np
from oracles.objects import likeliest

from helpers.models import card
from projection import PRESETS
from squeezeseg import InferenceSettings, Model, Segmenter, load_model
from squeezeseg.networks import AUTO
from squeezeseg.objects import PART

CHECKSUM = "0" * 64
EMBEDDED = "squeezeseg"
"""The network that it stands in for."""

STALLED = "stalled"
"""Printed by an engine that does."""


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
                sys.stdout.write(f"{STALLED}\n")
                sys.stdout.flush()
                time.sleep(600)
            self.calls_left -= 1
        logits = np.zeros((len(inputs), 4, *inputs.shape[2:]), np.float32)
        logits[:, 0] = 2
        logits[:, 1] = np.where(inputs[:, 3] > (0.5 - 0.21) / 0.16, 4, -4)
        return {"logits": logits}

    def clone(self):
        return self


def segmenter(model=None, *, settings=None, sensor=PRESETS["hdl64"], stall_after=None, **given):
    """Stands in for Segmenter.load; other weights than those that it stands in for are really read.

    stall_after: so many scans, for a test to stop the process.
    """
    named = {name: value for name, value in given.items() if value is not None}
    named |= {} if model is None else {"model": str(model)}
    settings = (settings or InferenceSettings.given()).changed(**named)
    if settings.model == AUTO:
        settings = settings.with_model(EMBEDDED)
    made = card("reflectance", file="none", checksum=CHECKSUM)
    if settings.model != EMBEDDED:
        made = replace(load_model(settings.model).card, crf=None)
    return Segmenter(
        ReflectanceEngine(stall_after),
        Model(made, {f"{PART}.{name}": value for name, value in likeliest().items()}),
        sensor.with_view(settings.view) if sensor.full_turn else sensor,
        settings.changed(crf=False),
    )
