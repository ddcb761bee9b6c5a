"""One scan's way through: points -> range image -> network -> CRF -> objects -> labels of points."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from crf import CRFSettings, Workspace, mean_field
from data.scan import Scan
from data.sensor_file import load_sensor
from projection import PRESETS, InputError, ProjectionBuffers, RangeImage, Sensor, project
from squeezeseg.engines import Engine, load_engine
from squeezeseg.inference.sectors import Layout
from squeezeseg.inference.segmentation import ResultBuffers, Segmentation
from squeezeseg.inference.settings import Given, InferenceSettings
from squeezeseg.inference.to_points import PointRoom, tell_points
from squeezeseg.objects import Vote, find_objects
from squeezeseg.objects import Workspace as ObjectsWorkspace
from squeezeseg.running.clock import StageClock
from squeezeseg.weights.model_file import Model, ModelCard, load_model


class Segmenter:
    """Labels the points of scans. Not for several threads at once: give each its own.

    engine: runs the network.
    model: the network's card and the CRF's weights.
    sensor: whose scans they are, with its view. A full turn is segmented as four sectors, see `Layout`.
    crf: whether the CRF runs.
    neighbours: K of the vote for points hidden behind another surface, see `back_project`; 0 for none.
    objects: whether pixels are grouped to objects of one class each, where the model has a vote to decide it.
    unknown_below: the confidence, 0 to 1, below which a point has no label.

    Example:
        >>> segmenter = Segmenter.load()
        >>> segmenter(points).labels  # (N,) uint8
    """

    def __init__(
        self,
        engine: Engine,
        model: Model,
        sensor: Sensor,
        *,
        crf: bool = True,
        neighbours: int = 5,
        objects: bool = True,
        unknown_below: float = 0.0,
    ) -> None:
        self.engine = engine
        self.card: ModelCard = model.card
        self.sensor = sensor
        self.neighbours = neighbours
        self.unknown_below = unknown_below
        self.clock = StageClock()
        self.crf: CRFSettings | None = model.card.crf if crf else None
        self.vote: Vote | None = None
        if objects and (tensors := model.part("objects")):
            self.vote = Vote.from_tensors(tensors, model.card.classes)
        self._compatibility = model.part("crf")
        self._layout = Layout.of(sensor, self.card.normalisation, engine.width_multiple)
        self._room: _Room | None = None
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
        """A segmenter with embedded weights, by name, or with those of a file.

        model, given: by the names of `InferenceSettings`, and above `settings`.
        sensor: whose scans they are, or the name or file of one; by default KITTI's.

        Raises:
            InputError: the weights or settings cannot be used.

        Example:
            >>> Segmenter.load("fast", view="front")
        """
        changes: dict[str, Any] = {"model": None if model is None else str(model), **given}
        if isinstance(sensor, str):
            changes["sensor"] = sensor
        changes = {name: value for name, value in changes.items() if value is not None}
        settings = InferenceSettings.given(**changes) if settings is None else settings.changed(**changes)
        if not isinstance(sensor, Sensor):
            sensor = load_sensor(settings.sensor) if settings.sensor else PRESETS["hdl64"]
            if settings.height is not None:
                sensor = replace(sensor, height=settings.height)
        weights = load_model(settings.model)
        if weights.card.crf is not None:
            square = (len(weights.card.classes),) * 2
            shapes = {name: value.shape for name, value in weights.part("crf").items()}
            if any(shapes.get(name) != square for name in ("angular", "bilateral")):
                raise InputError(
                    f"{settings.model}: the CRF's tensors are missing or don't fit; train the weights again"
                )
        if sensor.full_turn:
            sensor = sensor.with_view(settings.view)
        runner = load_engine(weights, settings.engine, settings.precision, settings.lanes or 1)
        kind: Callable[..., Segmenter] = cls
        if runner.name.endswith(" on cuda"):
            from squeezeseg.inference.gpu import DeviceSegmenter

            kind = DeviceSegmenter
        return kind(
            runner,
            weights,
            sensor,
            crf=settings.crf,
            neighbours=settings.neighbours,
            objects=settings.objects,
            unknown_below=settings.unknown_below,
        )

    def twin(self) -> Segmenter:
        """Another for another thread, with a clock of its own and the same weights."""
        other = copy.copy(self)
        other.engine, other.clock = self.engine.twin(), StageClock()
        other._room, other._busy = None, threading.Lock()
        return other

    def __call__(
        self,
        scan: Scan | NDArray[np.float32],
        ring: NDArray[np.uint8] | None = None,
        *,
        buffers: ResultBuffers | None = None,
    ) -> Segmentation:
        """Label every point of a scan, or of points (N, 4) float32: x, y, z in metres, intensity 0..1.

        ring: (N,) uint8, the beam of each point where it is known; a Scan brings its own.
        buffers: memory for the result, which is then valid until they are used again. Default: new arrays.

        Raises:
            InputError: points of another shape or dtype, or with intensities that are not 0..1.
            RuntimeError: another thread is using this segmenter.
        """
        clock = self.clock
        with self._alone() as room, clock("total"):
            image = self._segment(scan, ring, room, None if buffers is None else buffers.projection)
            return self._tell(image, room.probabilities, room.labels, room, buffers)

    def pixels(
        self, scan: Scan | NDArray[np.float32], ring: NDArray[np.uint8] | None = None
    ) -> tuple[RangeImage, NDArray[np.float32], NDArray[np.uint8]]:
        """A scan's range image, its pixels' probabilities (C, H, W) and labels (H, W), before objects are sought.

        The probabilities are the network's, softmax(logits / temperature); the labels are the CRF's where it runs,
        0 where the image is empty. The arguments are those of a call.
        """
        with self._alone() as room:
            return self._segment(scan, ring, room, None), room.probabilities.copy(), room.labels.copy()

    def _tell(
        self,
        image: RangeImage,
        probabilities: NDArray[np.float32],
        labels: NDArray[np.uint8],
        room: _Room,
        buffers: ResultBuffers | None = None,
    ) -> Segmentation:
        """From an image's pixels, as `pixels` gives them, to objects and points."""
        with self.clock("objects"):
            found = find_objects(image, probabilities, labels, self.vote, work=room.objects)
        with self.clock("back-project"):
            return tell_points(
                found,
                image,
                neighbours=self.neighbours,
                unknown_below=self.unknown_below,
                room=room.points,
                buffers=buffers,
            )

    @contextmanager
    def _alone(self) -> Iterator[_Room]:
        """The memory to work in, which two threads at once would turn into nonsense, or worse."""
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("a segmenter works for one thread at a time: give each a twin()")
        try:
            yield self._working_room()
        finally:
            self._busy.release()

    def _segment(
        self,
        scan: Scan | NDArray[np.float32],
        ring: NDArray[np.uint8] | None,
        room: _Room,
        buffers: ProjectionBuffers | None,
    ) -> RangeImage:
        """A scan's range image; its pixels' probabilities and labels are left in `room`."""
        points, ring = parts(scan, ring)
        clock = self.clock
        with clock("project"):
            image = project(points, self.sensor, ring, buffers)
            check_intensities(image.channels)
            self._layout.inputs(image, room.inputs, room.masks)
        with clock("network"):
            logits = self.engine(room.inputs)
        with clock("crf"):
            energies = self._refine(logits, room)
        with clock("probabilities"):
            temperature = self.card.temperature
            self._layout.decide(logits, energies, image.mask, temperature, room.probabilities, room.labels, room.rows)
        return image

    def _refine(self, logits: NDArray[np.float32], room: _Room) -> NDArray[np.float32]:
        """Logits -> the CRF's energies, both (B, C, H, S); without a CRF they are the same."""
        if self.crf is None:
            return logits
        angular, bilateral = self._compatibility["angular"], self._compatibility["bilateral"]
        for sector, xyz, mask, out in zip(logits, room.inputs[:, :3], room.masks, room.energies, strict=True):
            mean_field(sector, xyz, mask, self.crf, angular, bilateral, out=out, work=room.crf)
        return room.energies

    def _working_room(self) -> _Room:
        """Made for the first scan, for a twin may never see one."""
        if self._room is None:
            self._room = _Room.of(self._layout, self.crf, len(self.card.classes))
        return self._room


def parts(
    scan: Scan | NDArray[np.float32], ring: NDArray[np.uint8] | None
) -> tuple[NDArray[np.float32], NDArray[np.uint8] | None]:
    """Points and beams of a scan, which brings its own, or of points (N, 4)."""
    return (scan.points, scan.ring) if isinstance(scan, Scan) else (scan, ring)


def check_intensities(channels: NDArray[np.float32]) -> None:
    """Raise InputError if a range image's channels (5, H, W) have intensities that are not 0..1."""
    # Nothing would crash on 0..255, and every label would be wrong.
    if (brightest := float(channels[3].max())) > 1.5:
        raise InputError(f"expected intensities of 0 to 1, got up to {brightest:g}; divide them by 255")


@dataclass(frozen=True, eq=False)
class _Room:
    """What one thread's scans are worked on in, one after the other: nothing is allocated per scan.

    inputs, masks: the network's, see `Layout.inputs`. energies: (B, C, H, S) float32, the CRF's. probabilities:
    (C, H, W) float32. labels: (H, W) uint8, before objects are sought. rows: (2, W) float32.
    """

    inputs: NDArray[np.float32]
    masks: NDArray[np.bool_]
    energies: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    labels: NDArray[np.uint8]
    rows: NDArray[np.float32]
    crf: Workspace | None
    objects: ObjectsWorkspace
    points: PointRoom

    @classmethod
    def of(cls, layout: Layout, crf: CRFSettings | None, classes: int) -> _Room:
        count, _, height, size = layout.shape
        return cls(
            inputs=np.empty(layout.shape, np.float32),
            masks=np.empty((count, height, size), np.bool_),
            energies=np.empty((count, classes, height, size), np.float32),
            probabilities=np.empty((classes, height, layout.columns), np.float32),
            labels=np.empty((height, layout.columns), np.uint8),
            rows=np.empty((2, layout.columns), np.float32),
            crf=None if crf is None else Workspace.for_images(crf, height, size),
            objects=ObjectsWorkspace.for_images(height, layout.columns),
            points=PointRoom(),
        )
