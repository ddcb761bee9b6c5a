"""One scan's way through: points -> pixels (`pixels`) -> objects -> labels of points (`to_points`)."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.labels import BACKGROUND
from data.plausibility import NARROW, Misfit, Watch
from data.scan import Scan
from projection import InputError, RangeImage, Sensor
from squeezeseg.engines import Engine
from squeezeseg.inference.clock import StageClock
from squeezeseg.inference.factory import crf_of, pixel_labeller, resolve
from squeezeseg.inference.network_choice import named
from squeezeseg.inference.pixels import LabelledPixels
from squeezeseg.inference.result_buffers import ResultBuffers
from squeezeseg.inference.scan_input import ScanInput, as_scan
from squeezeseg.inference.segmented_scan import SegmentedScan
from squeezeseg.inference.settings import Given, InferenceSettings
from squeezeseg.inference.to_points import PointsWorkspace, to_points, without_labels
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
        self._model = model
        self._pixels = pixel_labeller(engine, model, sensor, self.crf)
        self._watch: Watch | None = Watch(sensor)
        self._objects: ObjectsWorkspace | None = None
        self._points = PointsWorkspace()
        self._busy = threading.Lock()

    @classmethod
    def load(
        cls,
        model: str | Path | None = None,
        *,
        settings: InferenceSettings | None = None,
        sensor: Sensor | str | Path | None = None,
        **given: Unpack[Given],
    ) -> Segmenter:
        """A segmenter with embedded weights, by name, or with those of a file, on the fastest engine of this machine.

        model, given: by the names of `InferenceSettings`, and above `settings`. The model "auto", which is the default,
            is the network in the package that suits this machine best; the segmenter's settings have its name.
        sensor: whose scans they are: a `Sensor`, such as a source's, the name of a preset, or a .yaml file; by default
            the one of the model's card.

        Raises:
            InputError: the weights or settings cannot be used.

        Example:
            >>> Segmenter.load("fast", view="front")
            >>> Segmenter.load(sensor="vlp16", height=1.9)
        """
        changes: dict[str, Any] = {"model": model if model is None else str(model), **given}
        changes["sensor"] = None if sensor is None or isinstance(sensor, Sensor) else str(sensor)
        changes = {name: value for name, value in changes.items() if value is not None}
        settings = named((settings or InferenceSettings.given()).changed(**changes))
        return cls(*resolve(settings, sensor if isinstance(sensor, Sensor) else None), settings)

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

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was logged of scans that don't look like the sensor's, or like a street, by this one and its clones."""
        return () if self._watch is None else tuple(self._watch.told)

    def clone(self) -> Segmenter:
        """Another for another thread, with a clock of its own and the same weights."""
        other = copy.copy(self)
        other._pixels = self._pixels.clone()
        other._objects, other._points, other._busy = None, PointsWorkspace(), threading.Lock()
        return other

    def seeing(self, sensor: Sensor) -> Segmenter:
        """Another for what this sensor sees of the scans: for the same thread, with the same engine and clock.

        It doesn't check whether scans look like the sensor's.
        """
        other = Segmenter(self.engine, self._model, sensor, self.settings)
        other.clock, other._watch = self.clock, None
        return other

    def __call__(
        self,
        scan: ScanInput,
        ring: ArrayLike | None = None,
        *,
        intensity: str | None = None,
        buffers: ResultBuffers | None = None,
    ) -> SegmentedScan:
        """Label every point of a scan.

        Scans that don't look like the sensor's are labelled all the same, and a warning is logged, once for each way in
        which they don't: a warning says what to do. Scans of rooms get no labels; with `unknown_below` above 0, nor do
        others that are nothing like a street: the result's `doubt` says why.

        Args:
            scan: a Scan; the path of a file that holds one; or points (N, 3 or 4): x, y, z in metres and intensity,
                see `as_scan`.
            ring: (N,) whole numbers, the beam of each point where it is known; a Scan brings its own.
            intensity: their unit, such as '0..255'. Default: recognised, as it is in files.
            buffers: memory for the result, which is then valid until they are used again. Default: new arrays.

        Raises:
            InputError: points of another shape.
            RuntimeError: another thread is using this segmenter.
        """
        with self._alone(), self.clock("total"):
            scan = as_scan(scan, ring, sensor=self.sensor, intensity=intensity, copy=buffers is None)
            doubt = self._check(scan)
            pixels = self._pixels(scan.points, scan.ring, None if buffers is None else buffers.projection)
            return self._to_points(scan, pixels, doubt, buffers)

    def batch(self, scans: Sequence[ScanInput]) -> list[SegmentedScan]:
        """Label the points of several scans, which go to a GPU together.

        Raises:
            InputError: as a call does, for the first scan that can't be used.
        """
        with self._alone(), self.clock("total"):
            given = [as_scan(scan, sensor=self.sensor) for scan in scans]
            doubts = [self._check(scan) for scan in given]
            found = self._pixels.batch([(scan.points, scan.ring) for scan in given])
            return [self._to_points(*one) for one in zip(given, found, doubts, strict=True)]

    def compare_crf(self, scan: ScanInput) -> tuple[SegmentedScan, SegmentedScan]:
        """Label a scan with the CRF and without it, after one run of the network.

        Raises:
            InputError: as a call does; or no CRF runs.
        """
        if self.crf is None:
            raise InputError(f"{self.card.model}: no CRF runs, so there is nothing to compare")
        with self._alone(), self.clock("total"):
            given = as_scan(scan, sensor=self.sensor)
            doubt = self._check(given)
            pixels = self._pixels(given.points, given.ring, None)
            likeliest = pixels.probabilities.argmax(0).astype(np.uint8)
            likeliest[~pixels.image.mask] = BACKGROUND
            return (
                self._to_points(given, pixels, doubt),
                self._to_points(given, pixels._replace(labels=likeliest), doubt),
            )

    def pixels(
        self, scan: ScanInput, ring: ArrayLike | None = None
    ) -> tuple[RangeImage, NDArray[np.float32], NDArray[np.uint8]]:
        """A scan's range image, its pixels' probabilities (C, H, W) and labels (H, W), before objects are sought.

        See `LabelledPixels`; the arrays are the caller's to keep. The arguments are those of a call.
        """
        with self._alone():
            scan = as_scan(scan, ring, sensor=self.sensor, copy=False)
            self._check(scan)
            image, probabilities, labels = self._pixels(scan.points, scan.ring, None)
            return image, probabilities.copy(), labels.copy()

    def _check(self, scan: Scan) -> Misfit | None:
        # Who asks for no labels rather than doubtful ones has each scan checked, whichever lane it comes to.
        return None if self._watch is None else self._watch(scan, always=self.settings.unknown_below > 0)

    def _to_points(
        self, scan: Scan, pixels: LabelledPixels, doubt: Misfit | None, buffers: ResultBuffers | None = None
    ) -> SegmentedScan:
        """Labelled pixels -> objects -> labelled points. doubt: shows that the scan is of no street."""
        if self._objects is None:  # made for the first scan: a clone may never see one
            self._objects = ObjectsWorkspace.for_images(*self.sensor.shape)
        buffers = buffers or ResultBuffers()
        # The ground's heights are written where the result has them, for a copy takes a tenth of the back-projection.
        objects = replace(self._objects, level=buffers.ground(self.sensor.shape))
        with self.clock("objects"):
            found = find_objects(*pixels, self.classifier, objects)
        with self.clock("back-project"):
            labelled = to_points(
                found,
                pixels.image,
                objects=self.classifier is not None,
                neighbours=self.settings.neighbours,
                unknown_below=self.settings.unknown_below,
                workspace=self._points,
                buffers=buffers,
            )
        if doubt is not None:
            if doubt.what == NARROW or self.settings.unknown_below > 0:
                without_labels(labelled)
            labelled = replace(labelled, doubt=doubt.of(scan.name))
        return SegmentedScan.of(labelled, scan)

    def __repr__(self) -> str:
        sensor, engine = self.sensor, self.engine.name
        return f"Segmenter({self.card.model!r}, {engine}, sensor {sensor.name}, {sensor.beams} x {sensor.columns})"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread at a time: two at once would turn the workspaces into nonsense, or worse."""
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("a segmenter works for one thread at a time: give each a clone()")
        try:
            yield
        finally:
            self._busy.release()
