"""The graphs of a trained network: float, and int8 calibrated on samples that it learned from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from squeezeseg.frontier.contestants import WIDTH
from squeezeseg.graphs import find_graph, load_model
from squeezeseg.training.augmentation import PLAIN, draw
from squeezeseg.training.samples import SampleStore

FLOAT, INT8 = "model.onnx", "model.int8.xml"
CALIBRATION_FRONTS = 64
"""Fronts by which the ranges of activations are found."""
_PLAIN = replace(PLAIN, people=0.5)


def float_graph(weights: Path) -> Path:
    """The float graph beside a file of weights, which is written if it is missing or of others."""
    model = load_model(weights)
    path = weights.with_name(FLOAT)
    if find_graph(model, "float") != path:
        from squeezeseg.graphs.onnx_export import export_onnx

        export_onnx(model, path)
    return path


def int8_graph(weights: Path, store: SampleStore) -> Path:
    """The int8 graph beside a file of weights, which is made if it is missing or of others. It may cost IoU.

    Raises:
        InputError: NNCF isn't installed.
    """
    model = load_model(weights)
    path = weights.with_name(INT8)
    if find_graph(model, "int8") != path:
        from squeezeseg.graphs.quantize import quantize

        inputs = [model.card.normalisation(front) for front in plain_fronts(store, CALIBRATION_FRONTS)]
        quantize(float_graph(weights), inputs, path)
    return path


def plain_fronts(store: SampleStore, count: int) -> list[NDArray[np.float32]]:
    """Fronts (1, 5, H, 512) of the samples as they are, in metres: always the same."""
    return [draw(store, WIDTH, _PLAIN, np.random.default_rng((8, k)))[0][None] for k in range(count)]


def stored_bytes(weights: Path) -> dict[str, int]:
    """Bytes that a device must store: the file of weights, in float16, and those of the int8 graph where it exists."""
    sizes = {"float16": weights.stat().st_size}
    quantized = weights.with_name(INT8).with_suffix(".bin")
    return sizes | ({"int8": quantized.stat().st_size} if quantized.is_file() else {})
