"""Colouring: colours of a scan's points by class, by a measured value, by confidence or by error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray

from apps.drawing.error_figures import ERROR_COLOURS, errors
from data.labels import IGNORE, colours
from data.scan import Scan
from data.segmentation import Segmentation
from squeezeseg.plotting.figures import is_object
from squeezeseg.plotting.palette import CLASS_LEGEND, ERROR_LEGEND, NO_LABEL, Legend

ColourMode = Literal["class", "range", "height", "intensity", "confidence", "error"]
MODES: tuple[ColourMode, ...] = get_args(ColourMode)


@dataclass(frozen=True)
class Scale:
    """Part of a colour map of matplotlib's, between two values.

    name: of the quantity. map: its name. part: from where to where in the map, 0..1: what is nearly as dark as the
    paper is left out. low, high: values at the part's ends. unit: theirs.
    logarithmic: whether equal ratios, not equal differences, are equally far apart.
    """

    name: str
    map: str
    part: tuple[float, float]
    low: float
    high: float
    unit: str = ""
    logarithmic: bool = False

    def __call__(self, values: NDArray[np.floating]) -> NDArray[np.uint8]:
        """values (N,) -> (N, 3), those beyond the ends like the ends; NaN like the lower."""
        values = np.clip(np.nan_to_num(values, nan=self.low), self.low, self.high)
        share = (values - self.low) / (self.high - self.low)
        if self.logarithmic:
            share = np.log(values / self.low) / np.log(self.high / self.low)
        return self.table[np.asarray(share * 255 + 0.5).astype(np.uint8)]

    def mark(self, share: float) -> str:
        """The value at `share` of the way from low to high, with its unit."""
        value = self.low + share * (self.high - self.low)
        if self.logarithmic:
            value = self.low * (self.high / self.low) ** share
        return f"{value:.3g} {self.unit}".strip()

    @property
    def on_light(self) -> Scale:
        """The same for light paper: what is bright on dark paper, and stands out there, is dark."""
        return replace(self, part=(1 - self.part[0], 1 - self.part[1]))

    @property
    def table(self) -> NDArray[np.uint8]:
        """(256, 3): the map from low to high."""
        return np.asarray(colormaps[self.map](np.linspace(*self.part, 256), bytes=True)[:, :3])


SCALES: Mapping[str, Scale] = {
    "range": Scale("range", "magma", (1.0, 0.2), 2.0, 80.0, "m", logarithmic=True),
    "height": Scale("height above the ground", "viridis", (0.15, 1.0), -0.5, 4.0, "m"),
    "intensity": Scale("intensity", "cividis", (0.1, 1.0), 0.0, 1.0),
    "confidence": Scale("confidence", "inferno", (0.95, 0.25), 0.25, 1.0),  # doubt glows
}


@dataclass(frozen=True, eq=False)
class Coloured:
    """Colours (N, 3) uint8 of points, which of them (N,) bool stand out, and what colours mean: names or a scale."""

    colours: NDArray[np.uint8]
    marked: NDArray[np.bool_]
    legend: Legend = field(default_factory=dict)
    scale: Scale | None = None


def colour_points(
    mode: ColourMode,
    scan: Scan,
    result: Segmentation,
    sensor_height: float,
    truth: NDArray[np.uint8] | None = None,
) -> Coloured:
    """Colour a scan of N points.

    result: their labels. Those without a label recede.
    sensor_height: of the sensor above the ground, metres.
    truth: (N,) class ids, for 'error'; without it nothing is an error.
    """
    labels = result.labels
    if mode == "class":
        out = _background(scan, sensor_height)
        marked = is_object(labels)
        out[marked] = colours(labels[marked])
        return _receding(Coloured(out, marked, CLASS_LEGEND), labels == IGNORE)
    if mode == "error":
        true = np.full(len(scan), IGNORE, np.uint8) if truth is None else truth
        kind = errors(true, labels)
        out = _background(scan, sensor_height)
        out[kind > 0] = ERROR_COLOURS[kind[kind > 0]]
        legend = {**ERROR_LEGEND, "not scored": CLASS_LEGEND[NO_LABEL]}
        return _receding(Coloured(out, kind > 0, legend), true == IGNORE)
    scale = SCALES[mode]
    values = _values(mode, scan, result, sensor_height)
    return _receding(Coloured(scale(values), is_object(labels), scale=scale), labels == IGNORE)


def _values(mode: ColourMode, scan: Scan, result: Segmentation, sensor_height: float) -> NDArray[np.float32]:
    """(N,): what the scale of `mode` is for."""
    if mode == "range":
        return np.asarray(np.linalg.norm(scan.points[:, :3], axis=1), np.float32)
    if mode == "height":
        return scan.points[:, 2] + np.float32(sensor_height)
    return scan.points[:, 3] if mode == "intensity" else result.confidence_or(1.0)


def _background(scan: Scan, sensor_height: float) -> NDArray[np.uint8]:
    """(N, 3): grey by height above the ground, so that walls stand out of the road, and by intensity, for markings."""
    points = np.nan_to_num(scan.points)
    height = np.clip((points[:, 2] + sensor_height) / 5, 0, 1)
    shine = np.sqrt(np.clip(points[:, 3], 0, 1))
    grey = (72 + 80 * height + 70 * shine).astype(np.uint8)
    return np.stack([grey, grey, grey + np.uint8(10)], axis=1)


def _receding(coloured: Coloured, unknown: NDArray[np.bool_]) -> Coloured:
    """The same with points that nothing is known of (N,) nearly as dark as the paper."""
    coloured.colours[unknown] = coloured.colours[unknown] // 3 + 8
    return coloured
