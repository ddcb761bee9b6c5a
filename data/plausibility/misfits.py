"""All ways in which a scan may not fit its sensor, checked in one place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from data.plausibility.beams import beams_misfit
from data.plausibility.columns import columns_per_turn
from data.plausibility.coordinates import coordinates_misfit
from data.plausibility.excerpt import Excerpt
from data.plausibility.ground import Ground, find_ground
from data.plausibility.intensities import NONE, intensity_scale, sample
from data.plausibility.misfit import Misfit
from data.plausibility.street import narrow_place
from data.plausibility.view import view_misfit
from data.scan import Scan
from projection import Sensor

FIRM = 0.45
"""Share of the cells around the sensor that must lie on a plane for it to be the ground."""
HEIGHT_OFF = 0.5
"""Metres that a height may be wrong: KITTI's scans, measured here, and simulated ones are off by 0.13 at most."""
TILTED = 4.5
"""Degrees that the ground may slope: the same ones slope by 2.9 at most."""
ON_THE_GROUND = 0.35
FEWER_COLUMNS = 0.75
"""Share of the sensor's columns that a turn must have. Without the others, its image has holes."""


def misfits(scan: Scan, sensor: Sensor) -> tuple[Misfit, ...]:
    """Everything that speaks against `scan` being one of the sensor's; nothing for a scan of few points.

    Where units, axes or beams are wrong, the other geometry isn't judged.
    """
    excerpt = Excerpt.of(scan, sensor)
    return () if excerpt is None else (*_geometry(excerpt, sensor), *_intensities(excerpt.intensity))


def fits_beams(excerpt: Excerpt, sensor: Sensor) -> bool:
    """True if a scan's coordinates and beams are the sensor's."""
    return not (coordinates_misfit(excerpt.few, sensor) or beams_misfit(excerpt, sensor))


def _geometry(excerpt: Excerpt, sensor: Sensor) -> Iterator[Misfit]:
    if found := coordinates_misfit(excerpt.few, sensor):
        yield found
        return
    if found := narrow_place(excerpt.scan.points):
        yield found
        return
    if view := view_misfit(excerpt.few, excerpt.ring is not None, sensor):
        yield view
    # Beams end where a camera's picture does, and those of a sector don't pass the cut: their number says nothing.
    if view is None and (found := beams_misfit(excerpt, sensor)):
        yield found
        return
    if (ground := firm_ground(excerpt.xyz)) is not None:
        yield from _mounting(ground, sensor)
    turn = sensor.columns * 360 / (sensor.azimuth_left - sensor.azimuth_right)
    columns = columns_per_turn(excerpt.xyz, excerpt.ring)
    if columns is not None and columns < FEWER_COLUMNS * turn:
        detail = f"about {columns} a turn, where the sensor has {turn:.0f}"
        yield Misfit(
            "measured in fewer columns than the sensor's", detail, f"--sensor FILE with columns: {nearest(columns)}"
        )


def nearest(columns: int) -> int:
    """The width of an image for so many measured columns: a power of two if one is near, else a whole number of 16.

    Rather fewer than more: a column without points costs more than two points in one pixel.
    """
    power = int(2 ** round(np.log2(columns)))
    return power if abs(power - columns) < 0.07 * columns else columns // 16 * 16


def firm_ground(xyz: NDArray[np.float64]) -> Ground | None:
    """The ground of returns (N, 3), if it is beyond doubt."""
    ground = find_ground(xyz)
    return None if ground is None or ground.support < FIRM else ground


def _mounting(ground: Ground, sensor: Sensor) -> Iterator[Misfit]:
    if ground.tilt > TILTED:
        if ground.around < 0.5:
            return
        slope = f"the ground rises by {ground.ahead:.0f} degrees ahead and by {ground.left:.0f} to the left"
        yield Misfit("tilted", slope, "turn them level")
    elif ground.height < ON_THE_GROUND:
        detail = f"the ground is at z = {-ground.height:.1f}"
        remedy = "if z counts from the ground, subtract the sensor's height from it"
        yield Misfit("not seen from a sensor's height", detail, remedy, street=False)
    elif abs(ground.height - sensor.height) > HEIGHT_OFF:
        detail = f"the ground is {ground.height:.2f} m below the sensor, not {sensor.height:g}"
        yield Misfit("of a sensor at another height", detail, f"--height {ground.height:.2f}")


def _intensities(values: NDArray[np.float32]) -> Iterator[Misfit]:
    scale, found = intensity_scale(values), sample(values)
    if scale == NONE:
        detail = f"{np.quantile(found, 0.01):.3g} to {found.max():.3g}, as decibels are"
        yield Misfit("with negative intensities", detail, "they are left aside: save them as 0..1 or 0..255")
    elif scale is None:
        detail = "none is a number"
        if len(found):
            detail = f"all are {found[0]:g}" if found.min() == found.max() else "all are 0 or 1"
        yield Misfit("without intensities", detail, "expect worse labels; see what the field is called")
