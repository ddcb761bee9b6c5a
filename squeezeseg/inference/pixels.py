"""Pixels of a scan, labelled: points -> range image -> network -> CRF -> probabilities and labels."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self, cast

import numpy as np
from numpy.typing import NDArray

from crf import CRFLabeller, CRFSettings
from data.plausibility import IntensityMemory
from projection import ProjectionBuffers, RangeImage, Sensor, project
from projection.memory import together
from squeezeseg.engines import CircularEngine, Engine, Outputs
from squeezeseg.inference.clock import StageClock
from squeezeseg.inference.cylindrical_input import CylindricalInput
from squeezeseg.inference.decide import choose_labels, fill_probabilities
from squeezeseg.inference.network_input import NetworkInput, input_type, network_input
from squeezeseg.weights import Model


class LabelledPixels(NamedTuple):
    """A scan's range image, and its pixels' probabilities (C, H, W) float32 and labels (H, W) uint8.

    The probabilities are the network's, softmax(logits / temperature); the labels are the CRF's where it runs, 0 where
    the image is empty. Valid until the next scan.
    """

    image: RangeImage
    probabilities: NDArray[np.float32]
    labels: NDArray[np.uint8]


class PixelLabeller(Protocol):
    """Labels the pixels of scans, before objects are sought. Not for several threads at once: each has its own clone.

    clock: times its stages.
    """

    clock: StageClock

    @property
    def engine(self) -> Engine:
        """Runs the network."""
        ...

    def __call__(
        self, points: NDArray[np.float32], ring: NDArray[np.uint8] | None, buffers: ProjectionBuffers | None
    ) -> LabelledPixels:
        """Label the pixels of a scan's points (N, 4), whose beams (N,) are known or not.

        buffers: memory for the range image. Default: new arrays.

        Raises:
            InputError: points of another shape or dtype.
        """
        ...

    def batch(self, scans: Sequence[tuple[NDArray[np.float32], NDArray[np.uint8] | None]]) -> Sequence[LabelledPixels]:
        """Label the pixels of several scans, together where that is faster; valid until the next call."""
        ...

    def clone(self) -> Self:
        """Another for another thread, with a clock of its own and the same weights."""
        ...


class HostPixelLabeller:
    """Labels pixels on the processor, whatever the engine runs on.

    sensor: whose scans they are, with its view. A full turn goes through the network as four `Sectors`, or as one if
        the network sees no azimuth.
    crf: settings of the CRF that runs, if any.
    """

    def __init__(self, engine: Engine, model: Model, sensor: Sensor, crf: CRFSettings | None) -> None:
        self.engine = engine
        self.clock = StageClock()
        self._sensor, self._crf = sensor, crf
        self._classes, self._temperature = len(model.card.classes), model.card.temperature
        self._compatibility = model.part("crf")
        self._input = network_input(sensor, model.card, engine, crf)
        self._input_type = input_type(model.card, engine)
        self._intensities = IntensityMemory()
        self._workspace: _Workspace | None = None

    def __call__(
        self, points: NDArray[np.float32], ring: NDArray[np.uint8] | None, buffers: ProjectionBuffers | None
    ) -> LabelledPixels:
        """See `PixelLabeller`."""
        clock, sectors, work = self.clock, self._input.sectors, self._working()
        with clock("project"):
            image = project(points, self._sensor, ring, buffers)
            if self._intensities.settle(image.channels[3], points[:, 3]):
                image.channels[3][~image.mask] = 0.0
            self._input.fill(image, work.inputs, work.masks)
        with clock("network"):
            logits = self._run(work.inputs)["logits"]
        with clock("crf"):
            if work.crf is not None:
                given = self._input
                # Other inputs begin with them.
                xyz = given.coordinates(image) if isinstance(given, CylindricalInput) else work.inputs
                work.crf(logits, xyz, work.masks, sectors.pieces, work.labels)
            else:
                choose_labels(sectors, logits, image.mask, work.labels, work.rows)
        with clock("probabilities"):
            fill_probabilities(sectors, logits, self._temperature, work.probabilities, work.rows)
        return LabelledPixels(image, work.probabilities, work.labels)

    def batch(self, scans: Sequence[tuple[NDArray[np.float32], NDArray[np.uint8] | None]]) -> Sequence[LabelledPixels]:
        """See `PixelLabeller`: one after the other."""
        found = []
        for points, ring in scans:
            image, probabilities, labels = self(points, ring, None)
            found.append(LabelledPixels(image, probabilities.copy(), labels.copy()))
        return found

    def clone(self) -> Self:
        """See `PixelLabeller`."""
        other = copy.copy(self)
        other.engine, other.clock = self.engine.clone(), StageClock()
        other._workspace = None
        return other

    def _run(self, inputs: NDArray[Any]) -> Outputs:
        """The network's outputs."""
        if isinstance(self._input, CylindricalInput) and self._input.turn:
            return cast("CircularEngine", self.engine).around(inputs, self._input.turn)
        return self.engine(inputs)

    def _working(self) -> _Workspace:
        """The workspace, made for the first scan: a clone may never see one."""
        if self._workspace is None:
            self._workspace = _Workspace.of(self._input, self._input_type, self._classes, self._crf_labeller())
        return self._workspace

    def _crf_labeller(self) -> CRFLabeller | None:
        if self._crf is None:
            return None
        matrices = self._compatibility["angular"], self._compatibility["bilateral"]
        return CRFLabeller(self._crf, *matrices, *self._input.sectors.shape[2:])


@dataclass(frozen=True, eq=False)
class _Workspace:
    """Arrays for the scans of one thread, one after the other: nothing is allocated per scan.

    inputs, masks: the network's, see `NetworkInput.fill`.
    probabilities: (C, H, W) float32. labels: (H, W) uint8. rows: (2, W) float32. crf: labels pixels, where one runs.
    """

    inputs: NDArray[Any]
    masks: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    labels: NDArray[np.uint8]
    rows: NDArray[np.float32]
    crf: CRFLabeller | None

    @classmethod
    def of(
        cls,
        given: NetworkInput | CylindricalInput,
        input_type: type[np.float32 | np.int8],
        classes: int,
        crf: CRFLabeller | None,
    ) -> _Workspace:
        sectors = given.sectors
        count, _, height, size = sectors.shape
        inputs, masks, probabilities, labels = together(
            (given.shape, input_type), ((count, height, size), np.bool_),
            ((classes, height, sectors.columns), np.float32), ((height, sectors.columns), np.uint8),
        )  # fmt: skip
        return cls(
            inputs=inputs,
            masks=masks,
            probabilities=probabilities,
            labels=labels,
            rows=np.empty((2, sectors.columns), np.float32),
            crf=crf,
        )
