"""A GPU's code on PyTorch's "cpu"."""

from __future__ import annotations

from projection import Sensor
from squeezeseg import InferenceSettings, Model, Segmenter
from squeezeseg.engines.torch_engine import TorchEngine
from squeezeseg.inference.gpu import GpuPixelLabeller


def on_device(
    engine: TorchEngine, model: Model, sensor: Sensor, settings: InferenceSettings | None = None
) -> Segmenter:
    """A segmenter that labels pixels as a GPU would, on whatever device the engine has."""
    segmenter = Segmenter(engine, model, sensor, settings)
    segmenter._pixels = GpuPixelLabeller(engine, model, sensor, segmenter.crf)
    return segmenter
