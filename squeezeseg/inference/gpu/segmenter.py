"""A segmenter whose scans are uploaded once, and come back as labelled pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from data.scan import Scan
from projection import ProjectionBuffers, RangeImage, Sensor
from projection.rings import NO_BEAM
from projection.spherical import assign_rows, check_points
from squeezeseg.engines.recorded import Recorded
from squeezeseg.engines.torch_engine import TorchEngine
from squeezeseg.inference.gpu.pixels import DevicePixels
from squeezeseg.inference.segmentation import Segmentation
from squeezeseg.inference.segmenter import Segmenter, check_intensities, parts
from squeezeseg.weights.model_file import Model

_STEP = 32768
"""Points: room is made for a whole number of so many, that few shapes are ever recorded."""


class DeviceSegmenter(Segmenter):
    """Labels the points of scans on the engine's device. Not for several threads at once: give each its own.

    The processor numbers the beams, one point after the other, for a point's beam depends on all the points before
    it. Points and rows are then uploaded once. Projection, sectors, network, CRF, labels and probabilities are the
    device's. Range image, probabilities and labels come back, and from there on all is as in `Segmenter`: objects,
    and the vote of neighbours for hidden points. A result holds its range image, so points are not labelled there.

    Takes what a `Segmenter` does.

    Example:
        >>> model = load_model("squeezeseg")
        >>> segmenter = DeviceSegmenter(TorchEngine(model), model, source.sensor)
        >>> for result in segmenter.batch(scans):
        ...     print(result.labels)
    """

    def __init__(self, engine: TorchEngine, model: Model, sensor: Sensor, **settings: Any) -> None:
        super().__init__(engine, model, sensor, **settings)
        self._pixels = DevicePixels(engine, model, sensor, self._layout, self.crf)
        self._device = engine.device
        self._calls: dict[tuple[int, int], Recorded] = {}

    def twin(self) -> Self:
        """Another for another thread, with the same weights in the device's memory, and a stream of its own there."""
        other = super().twin()
        assert isinstance(other, type(self))
        other._calls = {}
        return other

    def batch(self, scans: Sequence[Scan | NDArray[np.float32]]) -> list[Segmentation]:
        """Label the points of several scans, which go to the device together.

        Raises:
            InputError: as a call does, for the first scan that can't be used.
        """
        if not scans:
            return []
        clock = self.clock
        with self._alone() as room, clock("total"):
            given = [parts(scan, None) for scan in scans]
            results = self._on_device(given)
            segmentations = []
            for k, (points, _) in enumerate(given):
                image = _image(results, k, self.sensor, len(points), None)
                segmentations.append(self._tell(image, results[4][k], results[5][k], room))
        return segmentations

    def _segment(
        self,
        scan: Scan | NDArray[np.float32],
        ring: NDArray[np.uint8] | None,
        room: Any,
        buffers: ProjectionBuffers | None,
    ) -> RangeImage:
        points, ring = parts(scan, ring)
        results = self._on_device([(points, ring)])
        np.copyto(room.probabilities, results[4][0])
        np.copyto(room.labels, results[5][0])
        return _image(results, 0, self.sensor, len(points), buffers)

    def _on_device(self, scans: Sequence[tuple[NDArray[np.float32], NDArray[np.uint8] | None]]) -> list[NDArray[Any]]:
        """What `DevicePixels` says of scans, in the host's memory until the next call."""
        with self.clock("rows"):
            for points, ring in scans:
                check_points(points, ring)
            call = self._call(len(scans), max(len(points) for points, _ in scans))
            for (points, ring), points_in, rows_in in zip(scans, *call.inputs, strict=True):
                points_in[: len(points)] = points
                assign_rows(points, self.sensor, ring, out=rows_in[: len(points)])
                rows_in[len(points) :] = NO_BEAM
        with self.clock("device"):
            return call()

    def _call(self, count: int, points: int) -> Recorded:
        shape = count, max(-(-points // _STEP), 1) * _STEP
        if shape not in self._calls:
            inputs = [((*shape, 4), torch.float32), (shape, torch.uint8)]
            self._calls[shape] = Recorded(self._pixels, inputs, self._device)
        return self._calls[shape]


def _image(
    results: list[NDArray[Any]], k: int, sensor: Sensor, count: int, buffers: ProjectionBuffers | None
) -> RangeImage:
    """The range image of scan `k` of a batch, of `count` points."""
    image = (buffers or ProjectionBuffers()).image(sensor, count)
    channels, index, pixel, distance = (result[k] for result in results[:4])
    np.copyto(image.channels, channels)
    np.copyto(image.index, index)
    np.greater_equal(index, 0, out=image.mask)
    np.copyto(image.pixel, pixel[:count])
    np.copyto(image.distance, distance[:count])
    check_intensities(channels)
    return image
