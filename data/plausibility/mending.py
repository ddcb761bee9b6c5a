"""A sensor mended by its scans: what they show beyond doubt is taken from them, where the user has said nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from data.plausibility.columns import columns_per_turn
from data.plausibility.excerpt import Excerpt
from data.plausibility.misfits import FEWER_COLUMNS, ON_THE_GROUND, TILTED, firm_ground, fits_beams, nearest
from data.scan import Scan
from projection import Sensor

_HEIGHT_OFF = 0.3
"""Metres: less than what is told, so that what has been mended is not told again by each scan on uneven ground."""
_AGREED = 0.3
"""Metres that scans may differ by."""
_HIGHEST = 6.0
_FEWEST_COLUMNS = 256


def mend(sensor: Sensor, scans: Sequence[Scan], given: Collection[str] = ()) -> tuple[Sensor, tuple[str, ...]]:
    """The sensor with the height and the columns that the scans show, and what was changed, in words.

    scans: the first ones of a source. given: names of the sensor's settings that the user has set; they stay.
    Scans that don't fit the sensor's beams at all change nothing.
    """
    excerpts = (Excerpt.of(scan, sensor) for scan in scans)
    fitting = [one for one in excerpts if one is not None and fits_beams(one, sensor)]
    said: list[str] = []
    if not fitting:
        return sensor, ()
    if "height" not in given:
        grounds = [firm_ground(one.xyz) for one in fitting]
        heights = [ground.height for ground in grounds if ground is not None and ground.tilt <= TILTED]
        middle = float(np.median(heights)) if len(heights) == len(fitting) else sensor.height
        agreed = all(abs(height - middle) <= _AGREED for height in heights)
        if agreed and ON_THE_GROUND < middle < _HIGHEST and abs(middle - sensor.height) > _HEIGHT_OFF:
            said.append(
                f"the ground is {middle:.2f} m below the sensor, not {sensor.height:g}: --height {middle:.2f} is used"
            )
            sensor = replace(sensor, height=round(middle, 2))
    if "columns" not in given:
        turn = sensor.columns * 360 / (sensor.azimuth_left - sensor.azimuth_right)
        measured = [columns_per_turn(one.xyz, one.ring) for one in fitting]
        counts = [count for count in measured if count is not None]
        width = nearest(int(np.median(counts))) if len(counts) == len(fitting) else 0
        if _FEWEST_COLUMNS <= width < FEWER_COLUMNS * turn:
            said.append(
                f"a turn has about {round(np.median(counts)):,} columns, not {turn:,.0f}: columns: {width} is used"
            )
            sensor = replace(sensor, columns=round(sensor.columns * width / turn))
    return sensor, tuple(said)
