"""One scan's way through: points -> pixels (`pixels`) -> objects -> labels of points (`to_points`)."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from data.segmentation import Segmentation
from projection import RangeImage, Sensor
from squeezeseg.engines import Engine
from squeezeseg.inference.clock import StageClock
from squeezeseg.inference.factory import crf_of, pixel_labeller, resolve
from squeezeseg.inference.pixels import LabelledPixels, Points, split_scan
from squeezeseg.inference.result_buffers import ResultBuffers
from squeezeseg.inference.settings import Given, InferenceSettings
from squeezeseg.inference.to_points import PointsWorkspace, to_points
from squeezeseg.objects import PART, ObjectClassifier, ObjectsWorkspace, find_objects
from squeezeseg.weights import Model


class Segmenter:
    """Labels the points of scans. Not for several threads at once: give each its own clone.

    engine: runs the network. model: the network's card, and the weights of CRF and object classifier.
    sensor: whose scans they are, with its view.
    settings: those of the CRF, the objects and the points; the others are told by the engine and the sensor.

    Example:
        >>> segmenter = Segmenter.load()
        >>> segmenter(points).labels  # (N,) uint8
    """

    def __init__(self, engine: Engine, model: Model, sensor: Sensor, settings: InferenceSettings | None = None) -> None:
        self.settings = settings or InferenceSettings()
        self.card = model.card
        self.sensor = sensor
        self.crf = crf_of(model, self.settings)
        self.classifier: ObjectClassifier | None = None
        if self.settings.objects and (tensors := model.part(PART)):
            self.classifier = ObjectClassifier.from_tensors(tensors, model.card.classes)
        self._pixels = pixel_labeller(engine, model, sensor, self.crf)
        self._objects: ObjectsWorkspace | None = None
        self._points = PointsWorkspace()
        self._busy = threading.Lock()

    @classmethod
    def load(
        cls,
        model: str | Path | None = None,
        *,
        settings: InferenceSettings | None = None,
        sensor: Sensor | str | None = None,
        **given: Unpack[Given],
    ) -> Segmenter:
        """A segmenter with embedded weights, by name, or with those of a file, on the fastest engine of this machine.

        model, given: by the names of `InferenceSettings`, and above `settings`.
        sensor: whose scans they are, or the name or file of one; by default the one of the model's card.

        Raises:
            InputError: the weights or settings cannot be used.

        Example:
            >>> Segmenter.load("fast", view="front")
        """
        changes: dict[str, Any] = {"model": model if model is None else str(model), **given}
        changes["sensor"] = sensor if isinstance(sensor, str) else None
        named = {name: value for name, value in changes.items() if value is not None}
        settings = (settings or InferenceSettings.given()).changed(**named)
        return cls(*resolve(settings, None if isinstance(sensor, str) else sensor), settings)

    @property
    def engine(self) -> Engine:
        """The engine that runs the network."""
        return self._pixels.engine

    @property
    def clock(self) -> StageClock:
        """Times the stages. May be replaced, by one that several segmenters share."""
        return self._pixels.clock

    @clock.setter
    def clock(self, clock: StageClock) -> None:
        self._pixels.clock = clock

    def clone(self) -> Segmenter:
        """Another for another thread, with a clock of its own and the same weights."""
        other = copy.copy(self)
        other._pixels = self._pixels.clone()
        other._objects, other._points, other._busy = None, PointsWorkspace(), threading.Lock()
        return other

    def __call__(
        self, scan: Points, ring: NDArray[np.uint8] | None = None, *, buffers: ResultBuffers | None = None
    ) -> Segmentation:
        """Label every point of a scan, or of points (N, 4) float32: x, y, z in metres, intensity 0..1.

        ring: (N,) uint8, the beam of each point where it is known; a Scan brings its own.
        buffers: memory for the result, which is then valid until they are used again. Default: new arrays.

        Raises:
            InputError: points of another shape or dtype, or with intensities that are not 0..1.
            RuntimeError: another thread is using this segmenter.
        """
        with self._alone(), self.clock("total"):
            pixels = self._pixels(*split_scan(scan, ring), None if buffers is None else buffers.projection)
            return self._to_points(pixels, buffers)

    def batch(self, scans: Sequence[Points]) -> list[Segmentation]:
        """Label the points of several scans, which go to a GPU together.

        Raises:
            InputError: as a call does, for the first scan that can't be used.
        """
        with self._alone(), self.clock("total"):
            return [self._to_points(pixels) for pixels in self._pixels.batch([split_scan(scan) for scan in scans])]

    def pixels(
        self, scan: Points, ring: NDArray[np.uint8] | None = None
    ) -> tuple[RangeImage, NDArray[np.float32], NDArray[np.uint8]]:
        """A scan's range image, its pixels' probabilities (C, H, W) and labels (H, W), before objects are sought.

        See `LabelledPixels`; the arrays are the caller's to keep. The arguments are those of a call.
        """
        with self._alone():
            image, probabilities, labels = self._pixels(*split_scan(scan, ring), None)
            return image, probabilities.copy(), labels.copy()

    def _to_points(self, pixels: LabelledPixels, buffers: ResultBuffers | None = None) -> Segmentation:
        """Labelled pixels -> objects -> labelled points."""
        if self._objects is None:  # made for the first scan: a clone may never see one
            self._objects = ObjectsWorkspace.for_images(*self.sensor.shape)
        with self.clock("objects"):
            found = find_objects(*pixels, self.classifier, self._objects)
        with self.clock("back-project"):
            return to_points(
                found,
                pixels.image,
                objects=self.classifier is not None,
                neighbours=self.settings.neighbours,
                unknown_below=self.settings.unknown_below,
                workspace=self._points,
                buffers=buffers,
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread at a time: two at once would turn the workspaces into nonsense, or worse."""
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("a segmenter works for one thread at a time: give each a clone()")
        try:
            yield
        finally:
            self._busy.release()
