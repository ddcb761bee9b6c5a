"""Pictures of a scan's errors: prediction, truth and error, as range image and from above."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from data.labels import BACKGROUND, CLASSES, IGNORE, OBJECT_CLASSES, colours
from data.segmentation import Segmentation
from projection import Sensor
from squeezeseg.evaluation.labelled_frames import LabelledFrame
from squeezeseg.plotting.figures import PAPER, draw_above, draw_strips, is_object, labelled, painted
from squeezeseg.plotting.palette import CLASS_LEGEND, ERROR_LEGEND, Legend

RIGHT, FALSE, MISSED, CONFUSED = range(1, 1 + len(ERROR_LEGEND))
"""Kinds, in the legend's order; 0 is neither right nor wrong."""
ERROR_COLOURS: NDArray[np.uint8] = np.array([(0, 0, 0), *ERROR_LEGEND.values()], np.uint8)
"""(5, 3): by kind."""
LEGEND: Legend = {**{CLASSES[k]: CLASS_LEGEND[CLASSES[k]] for k in OBJECT_CLASSES}, **ERROR_LEGEND}
_MARGIN = 16
"""Columns that are shown beside those that have ground truth."""


def errors(truth: NDArray[np.uint8], labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Truth and labels (...) -> (...): RIGHT, FALSE, MISSED or CONFUSED; 0 for background and what is not scored."""
    kind = np.zeros(truth.shape, np.uint8)
    true, given = is_object(truth), is_object(labels)
    kind[true & (truth == labels)] = RIGHT
    kind[given & (truth == BACKGROUND)] = FALSE
    kind[true & (labels == BACKGROUND)] = MISSED
    kind[true & given & (truth != labels)] = CONFUSED
    return kind


def error_figures(
    item: LabelledFrame, result: Segmentation, *, wide: int = 2048, side: int = 900
) -> tuple[Figure, Figure]:
    """The range image and the view from above, cut to where there is ground truth."""
    image, name = result.image, item.frame.name
    truth = np.where(image.pixel >= 0, item.truth, IGNORE).astype(np.uint8)
    # A pixel without a return has a label: background, so that it isn't taken for an unscored one.
    shown, true = (image.of_pixels(values, BACKGROUND) for values in (result.labels, truth))
    kind = errors(true, shown)
    sensor, columns = _cut(image.sensor, image.of_pixels(truth, IGNORE))
    strips = [
        ("prediction", labelled(image, shown)),
        ("ground truth", labelled(image, true)),
        ("error", painted(image, ERROR_COLOURS[kind], kind > 0, true == IGNORE)),
    ]
    ahead = sensor if sensor.azimuth_left - sensor.azimuth_right < 200 else image.sensor
    points, labels = item.scan.points, result.labels
    of_points = errors(truth, labels)
    panels = [
        ("prediction", colours(labels), is_object(labels), labels == IGNORE),
        ("ground truth", colours(truth), is_object(truth), truth == IGNORE),
        ("error", ERROR_COLOURS[of_points], of_points > 0, truth == IGNORE),
    ]
    return (
        draw_strips(sensor, [(title, pixels[:, columns]) for title, pixels in strips], name, LEGEND, wide),
        draw_above(points, ahead, panels, name, LEGEND, side),
    )


def save_figure(file: BinaryIO, figure: Figure, kind: str) -> None:
    """As 'png' or 'webp'."""
    figure.savefig(file, format=kind, facecolor=PAPER, pil_kwargs={"quality": 80} if kind == "webp" else {})


def _cut(sensor: Sensor, truth: NDArray[np.uint8]) -> tuple[Sensor, slice]:
    """Of truth (H, W), the columns that have any: the sensor that sees only those, and which they are."""
    known = np.flatnonzero((truth != IGNORE).any(0))
    if not len(known):
        return sensor, slice(None)
    first, end = max(0, int(known[0]) - _MARGIN), min(sensor.columns, int(known[-1]) + 1 + _MARGIN)
    if end - first < 8:
        return sensor, slice(None)
    step = (sensor.azimuth_left - sensor.azimuth_right) / sensor.columns
    left, right = sensor.azimuth_left - first * step, sensor.azimuth_left - end * step
    return replace(sensor, columns=end - first, azimuth_left=left, azimuth_right=right), slice(first, end)
