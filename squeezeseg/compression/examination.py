"""A model's layers examined on simulated scans."""

from __future__ import annotations

from collections.abc import Callable

from squeezeseg.compression.network import Candidates, Choices, coded_names, examine
from squeezeseg.compression.sensitivity import Sensitivity
from squeezeseg.graphs.check_scans import CALIBRATION_SEED, check_scans
from squeezeseg.weights import Model

FRONTS = 4
"""Scans that a network is asked about, a front of each: straight ahead, to the left, behind, to the right."""


def examined(
    model: Model, candidates: Candidates, codec: str = "range", progress: Callable[[int], None] | None = None
) -> Choices:
    """What each way to keep each layer costs and damages.

    progress: called with the steps done, of `examination_steps`.
    """

    def told(before: int) -> Callable[[int, int], None]:
        return lambda done, _: progress(before + done) if progress else None

    scans = list(check_scans(FRONTS, CALIBRATION_SEED, model.card.architecture.width_multiple, told(0)))
    fronts = [k % len(scan.channels) for k, scan in enumerate(scans)]
    images = [scan.inputs(model.card.normalisation)[k] for scan, k in zip(scans, fronts, strict=True)]
    seen = [scan.channels[k, 4] > 0 for scan, k in zip(scans, fronts, strict=True)]
    return examine(model, Sensitivity(model, images, seen), candidates, codec, told(FRONTS))


def examination_steps(model: Model) -> int:
    """Steps of `examined`: scans that are simulated, and layers."""
    return FRONTS + len(coded_names(model))
