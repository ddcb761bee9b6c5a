"""One scan's way through: points -> range image -> network -> CRF -> objects -> labels of points."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from crf import CRFSettings, Workspace, mean_field
from data.scan import Scan
from projection import PRESETS, InputError, RangeImage, Sensor, View, back_project, project
from squeezeseg import sectors
from squeezeseg.engines import Engine, EngineName, Precision, load_engine
from squeezeseg.model_file import Model, ModelCard, load_model
from squeezeseg.objects import PixelObjects, Vote, find_objects
from squeezeseg.probabilities import softmax
from squeezeseg.segmentation import Segmentation
from squeezeseg.timing import StageClock

T = TypeVar("T", bound=np.generic)

OVERLAP = 64
"""Columns (11 degrees) that a sector of the full turn sees of its neighbours."""


class Segmenter:
    """Labels the points of scans. Not for several threads at once: give each its own.

    engine: runs the network.
    model: the network's card and the CRF's weights.
    sensor: whose scans they are, with its view. A full turn is segmented as four sectors, see `sectors`.
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
        self._workspace: Workspace | None = None

    @classmethod
    def load(
        cls,
        weights: str | Path = "squeezeseg",
        *,
        sensor: Sensor = PRESETS["hdl64"],
        view: View = "full",
        engine: EngineName = "auto",
        precision: Precision = "auto",
        lanes: int = 1,
        crf: bool = True,
        neighbours: int = 5,
        objects: bool = True,
        unknown_below: float = 0.0,
    ) -> Segmenter:
        """A segmenter with embedded weights, by name, or with those of a file.

        view: "full" turn or the "front" 90 degrees of a `sensor` that sees all around; a narrower sensor
            keeps its own view.
        engine, precision, lanes: see `load_engine`.

        Raises:
            InputError: the weights cannot be used.
        """
        model = load_model(weights)
        if model.card.crf is not None:
            square = (len(model.card.classes),) * 2
            shapes = {name: value.shape for name, value in model.part("crf").items()}
            if any(shapes.get(name) != square for name in ("angular", "bilateral")):
                raise InputError(f"{weights}: the CRF's tensors are missing or don't fit; train the weights again")
        if sensor.full_turn:
            sensor = sensor.with_view(view)
        return cls(
            load_engine(model, engine, precision, lanes),
            model,
            sensor,
            crf=crf,
            neighbours=neighbours,
            objects=objects,
            unknown_below=unknown_below,
        )

    def twin(self) -> Segmenter:
        """Another for another thread, with a clock of its own and the same weights in the same memory."""
        other = copy.copy(self)
        other.engine, other.clock, other._workspace = self.engine.twin(), StageClock(), None
        return other

    def __call__(self, scan: Scan | NDArray[np.float32], ring: NDArray[np.uint8] | None = None) -> Segmentation:
        """Label every point of a scan, or of points (N, 4) float32: x, y, z in metres, intensity 0..1.

        ring: (N,) uint8, the beam of each point where it is known; a Scan brings its own.

        Raises:
            InputError: points of another shape or dtype, or with intensities that are not 0..1.
        """
        clock = self.clock
        with clock("total"):
            image, probabilities, pixel_labels = self.pixels(scan, ring)
            with clock("objects"):
                found = find_objects(image, probabilities, pixel_labels, self.vote)
            with clock("back-project"):
                labels, instances = self._to_points(found, image)
                confidence = back_project(found.certainty, image, fill=0)
        return Segmentation(labels, confidence, image, found.labels, instances).without_doubt(self.unknown_below)

    def pixels(
        self, scan: Scan | NDArray[np.float32], ring: NDArray[np.uint8] | None = None
    ) -> tuple[RangeImage, NDArray[np.float32], NDArray[np.uint8]]:
        """A scan's range image, its pixels' probabilities (C, H, W) and labels (H, W), before objects are sought.

        The probabilities are the network's, softmax(logits / temperature); the labels are the CRF's where it runs,
        0 where the image is empty. The arguments are those of a call.
        """
        if isinstance(scan, Scan):
            points, ring = scan.points, scan.ring
        else:
            points = scan
        clock = self.clock
        with clock("project"):
            image = project(points, self.sensor, ring)
            # Nothing would crash on 0..255, and every label would be wrong.
            if (brightest := float(image.channels[3].max())) > 1.5:
                raise InputError(f"expected intensities of 0 to 1, got up to {brightest:g}; divide them by 255")
            inputs, masks = self._inputs(image)
        with clock("network"):
            logits = self.engine(inputs)
        with clock("crf"):
            energies = self._refine(logits, inputs, masks)
            labels = self._whole(energies.argmax(axis=1, keepdims=True).astype(np.uint8))[0] * image.mask
        with clock("probabilities"):
            probabilities = softmax(self._whole(logits), self.card.temperature)
        return image, probabilities, labels

    def _inputs(self, image: RangeImage) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """A range image -> normalised network inputs (B, 5, H, S) and masks (B, H, S)."""
        if self.sensor.full_turn:
            batch = sectors.split(image.channels, OVERLAP, self.engine.width_multiple)
        else:
            missing = -image.sensor.columns % self.engine.width_multiple
            batch = np.pad(image.channels, ((0, 0), (0, 0), (0, missing)))[None]
        return self.card.normalisation(batch, self.sensor.height), batch[:, 4] > 0

    def _refine(
        self, logits: NDArray[np.float32], inputs: NDArray[np.float32], masks: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Logits -> the CRF's energies, both (B, C, H, S); without a CRF they are the same."""
        if self.crf is None:
            return logits
        if self._workspace is None:
            self._workspace = Workspace.for_images(self.crf, *logits.shape[2:])
        angular, bilateral = self._compatibility["angular"], self._compatibility["bilateral"]
        energies = np.empty_like(logits)
        for k in range(len(logits)):
            mean_field(
                logits[k], inputs[k, :3], masks[k], self.crf, angular, bilateral, out=energies[k], work=self._workspace
            )
        return energies

    def _whole(self, values: NDArray[T]) -> NDArray[T]:
        """What the engine's batch (B, C, H, S) says of the range image, (C, H, W)."""
        width = self.sensor.columns
        if self.sensor.full_turn:
            return sectors.join(values, width, OVERLAP, self.engine.width_multiple)
        return values[0, :, :, :width]

    def _to_points(self, found: PixelObjects, image: RangeImage) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """Labels and instances (N,) of the points; a hidden point takes both of one neighbour."""
        both = found.instances.astype(np.int32) << 8 | found.labels
        of_points = back_project(both, image, neighbours=self.neighbours)
        return (of_points & 0xFF).astype(np.uint8), (of_points >> 8).astype(np.uint16)
