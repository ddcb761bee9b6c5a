"""A model's layers examined on simulated scans."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from squeezeseg.compression.allocation import Choice
from squeezeseg.compression.network import Ways, examine
from squeezeseg.compression.sensitivity import Sensitivity
from squeezeseg.graphs.check_scans import CALIBRATION_SEED, check_scans
from squeezeseg.weights import Model

T = TypeVar("T")
FRONTS = 4
"""Scans that a network is asked about, a front of each: straight ahead, to the left, behind, to the right."""


def examined(model: Model, ways: Ways[T], progress: Callable[[int], None] | None = None) -> dict[str, list[Choice[T]]]:
    """What each way to keep each layer costs and damages.

    progress: called with the steps done, of `examination_steps`.
    """

    def told(before: int) -> Callable[[int, int], None]:
        return lambda done, _: progress(before + done) if progress else None

    scans = list(check_scans(FRONTS, CALIBRATION_SEED, model.card.architecture.width_multiple, told(0)))
    fronts = [k % len(scan.channels) for k, scan in enumerate(scans)]
    images = [scan.inputs(model.card.normalisation)[k] for scan, k in zip(scans, fronts, strict=True)]
    seen = [scan.channels[k, 4] > 0 for scan, k in zip(scans, fronts, strict=True)]
    return examine(Sensitivity(model, images, seen), ways, told(FRONTS))


def examination_steps(ways: Ways[T]) -> int:
    """Steps of `examined`: scans that are simulated, and layers."""
    return FRONTS + len(ways)
