"""Pixels of a scan, labelled on a GPU: points go up once, labelled pixels come back."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from crf import CRFSettings
from data.plausibility import IntensityMemory
from projection import InputError, ProjectionBuffers, RangeImage, Sensor
from projection.beam_order import NO_BEAM
from projection.spherical import assign_rows, check_points
from squeezeseg.engines import Engine
from squeezeseg.engines.recorded import Recorded
from squeezeseg.engines.torch_engine import TorchEngine
from squeezeseg.inference.clock import StageClock
from squeezeseg.inference.gpu.pixels import DevicePixels
from squeezeseg.inference.pixels import LabelledPixels
from squeezeseg.weights import Model

_STEP = 32768
"""Points: room is made for a whole number of so many, that few shapes are ever recorded."""

_Given = tuple[NDArray[np.float32], NDArray[np.uint8] | None]


class GpuPixelLabeller:
    """Labels pixels on the engine's device; see `PixelLabeller`.

    The processor numbers the beams, one point after the other, for a point's beam depends on all the points before
    it. Points and rows are then uploaded once. Projection, sectors, network, CRF, labels and probabilities are the
    device's. Range image, probabilities and labels come back.
    """

    def __init__(self, engine: TorchEngine, model: Model, sensor: Sensor, crf: CRFSettings | None) -> None:
        self.engine: TorchEngine = engine
        self.clock = StageClock()
        self._sensor = sensor
        self._pixels = DevicePixels(engine, model, sensor, crf)
        self._calls: dict[tuple[int, int], Recorded] = {}
        self._intensities = IntensityMemory()

    def __call__(
        self, points: NDArray[np.float32], ring: NDArray[np.uint8] | None, buffers: ProjectionBuffers | None
    ) -> LabelledPixels:
        """See `PixelLabeller`."""
        return self._labelled(self._on_device([(points, ring)]), 0, len(points), buffers)

    def batch(self, scans: Sequence[_Given]) -> Sequence[LabelledPixels]:
        """See `PixelLabeller`: all together."""
        if not scans:
            return []
        results = self._on_device(scans)
        return [self._labelled(results, k, len(points), None) for k, (points, _) in enumerate(scans)]

    def clone(self) -> Self:
        """Another for another thread, with the same weights in the device's memory, and a stream of its own there."""
        other = copy.copy(self)
        other.clock, other._calls = StageClock(), {}
        return other

    def _labelled(
        self, results: list[NDArray[Any]], k: int, count: int, buffers: ProjectionBuffers | None
    ) -> LabelledPixels:
        """Scan `k` of a batch, of `count` points."""
        channels, index, pixel, distance, probabilities, labels = (result[k] for result in results)
        image: RangeImage = (buffers or ProjectionBuffers()).image(self._sensor, count)
        np.copyto(image.channels, channels)
        np.copyto(image.index, index)
        np.greater_equal(index, 0, out=image.mask)
        np.copyto(image.pixel, pixel[:count])
        np.copyto(image.distance, distance[:count])
        return LabelledPixels(image, probabilities, labels)

    def _on_device(self, scans: Sequence[_Given]) -> list[NDArray[Any]]:
        """The results of `DevicePixels` for scans, in the host's memory until the next call."""
        with self.clock("rows"):
            for points, ring in scans:
                check_points(points, ring)
            call = self._call(len(scans), max(len(points) for points, _ in scans))
            for (points, ring), points_in, rows_in in zip(scans, *call.inputs, strict=True):
                points_in[: len(points)] = points
                self._intensities.settle(points_in[: len(points), 3], points[:, 3])
                assign_rows(points, self._sensor, ring, out=rows_in[: len(points)])
                rows_in[len(points) :] = NO_BEAM
        with self.clock("device"):
            return call()

    def _call(self, count: int, points: int) -> Recorded:
        shape = count, max(-(-points // _STEP), 1) * _STEP
        if shape not in self._calls:
            inputs = [((*shape, 4), torch.float32), (shape, torch.uint8)]
            self._calls[shape] = Recorded(self._pixels, inputs, self.engine.torch_device)
        return self._calls[shape]


def gpu_labeller(engine: Engine, model: Model, sensor: Sensor, crf: CRFSettings | None) -> GpuPixelLabeller:
    """The labeller of an engine that runs on a GPU. Raises InputError if that is not torch's."""
    if not isinstance(engine, TorchEngine):
        raise InputError(f"{engine.name}: only PyTorch runs on a GPU here; use --engine torch")
    return GpuPixelLabeller(engine, model, sensor, crf)
