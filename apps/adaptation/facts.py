"""What was estimated of a sensor: in words for people, and as JSON for programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from data.estimation import SensorEstimate
from data.estimation.estimate import DEFAULT_HEIGHT

_TOLD_BY = {
    "ring": "the ring field",
    "order": "the order of the points, beam after beam",
    "elevation": "the points' elevations, for they have no ring and lie in no order of beams",
}
_UNEVEN = 0.15
"""Metres of difference between half of the scans, from which on the ground counts as uneven."""
_SECOND = 0.02
FEWEST_SCANS = 3


def as_facts(estimate: SensorEstimate) -> list[tuple[str, str]]:
    """Names and values."""
    sensor, turn, mount = estimate.sensor, estimate.turn, estimate.mount
    spread = float(np.nanmedian(estimate.fit.spread))
    rows = [
        ("beams", f"{sensor.beams}, from {sensor.elevations[0]:.2f} to {sensor.elevations[-1]:.2f} degrees"),
        ("told by", f"{_TOLD_BY[estimate.told_by]}; two thirds of a beam's returns lie within {spread:.3f} degrees"),
    ]
    if estimate.fit.out or estimate.fit.up:
        apex = f"{100 * estimate.fit.out:.1f} cm from the axis, {100 * estimate.fit.up:.1f} cm above the origin"
        rows.append(("beams leave it", apex))
    measured = "uneven; the image has" if turn.columns is None else f"{turn.columns:,} a turn; the image has"
    rows.append(("columns", f"{measured} {sensor.columns:,}"))
    if not sensor.full_turn:
        rows.append(("view", f"azimuths {sensor.azimuth_left:.0f} to {sensor.azimuth_right:.0f} degrees"))
    direction = {True: "clockwise", False: "anticlockwise", None: "in no order"}[turn.clockwise]
    rows.append(("turns", f"{direction} as the points are stored, from azimuth {turn.start:.0f} degrees"))
    rows.append(("returns of a shot", "one, and sometimes two" if turn.second > _SECOND else "one"))
    if mount is None:
        rows.append(("height", f"no clear ground: {DEFAULT_HEIGHT:g} m is assumed"))
    else:
        rows.append(("height", f"{mount.height:.2f} m above the ground, by {mount.scans} of {estimate.scans} scans"))
        nose, side = "down" if mount.pitch > 0 else "up", "up" if mount.roll > 0 else "down"
        rows.append(("tilt", f"nose {abs(mount.pitch):.1f} degrees {nose}, left side {abs(mount.roll):.1f} {side}"))
    rows.append(("reach", f"{estimate.reach[0]:.1f} to {estimate.reach[1]:.0f} m"))
    blind = estimate.blind
    rows.append(
        ("blind", f"{100 * blind.empty.mean():.1f} % of the directions, and {100 * blind.own.mean():.1f} % its own car")
    )
    bright = estimate.reflectances
    low, middle, high = bright.quantiles
    rows.append(
        (
            "intensities",
            f"a tenth under {low:.2f}, half under {middle:.2f}, nine tenths under {high:.2f}"
            if bright.known
            else "none",
        )
    )
    return rows


def doubts(estimate: SensorEstimate) -> list[str]:
    """What speaks against the estimate, a sentence each."""
    found = []
    if estimate.mount is None:
        found.append("No clear ground below the sensor: these scans may not be of a street, and the height is a guess.")
    elif estimate.mount.spread > _UNEVEN:
        found.append(f"The scans' heights differ by {estimate.mount.spread:.2f} m: hills, or a sensor that moves.")
    if estimate.scans < FEWEST_SCANS:
        found.append("Few scans: give some dozens of different places, and the blind parts and the height are surer.")
    missing = int(np.count_nonzero(~np.isfinite(estimate.fit.elevations)))
    if missing:
        found.append(f"{missing} of the beams have too few returns: their elevations are guessed from the others'.")
    if not estimate.reflectances.known:
        found.append("No intensities: expect worse labels, of people above all.")
    return found


def as_dict(estimate: SensorEstimate) -> dict[str, Any]:
    """For JSON."""
    sensor, turn, mount, bright = estimate.sensor, estimate.turn, estimate.mount, estimate.reflectances
    return {
        "scans": estimate.scans,
        "points": estimate.points,
        "beams": {
            "count": sensor.beams,
            "told_by": estimate.told_by,
            "elevations": list(sensor.elevations),
            "spread": [None if np.isnan(one) else round(float(one), 4) for one in estimate.fit.spread],
            "out": round(estimate.fit.out, 4),
            "up": round(estimate.fit.up, 4),
        },
        "turn": {
            "columns": turn.columns,
            "clockwise": turn.clockwise,
            "start": round(turn.start, 1),
            "second_returns": round(turn.second, 4),
        },
        "mount": None
        if mount is None
        else {
            "height": round(mount.height, 3),
            "pitch": round(mount.pitch, 2),
            "roll": round(mount.roll, 2),
            "spread": round(mount.spread, 3),
            "scans": mount.scans,
        },
        "reach": [round(one, 2) for one in estimate.reach],
        "blind": {
            "empty": round(float(estimate.blind.empty.mean()), 4),
            "own_car": round(float(estimate.blind.own.mean()), 4),
        },
        "intensities": {
            "known": bright.known,
            "quantiles": list(bright.quantiles),
            "by_range": [None if one is None else list(one) for one in bright.by_range],
        },
        "doubts": doubts(estimate),
    }
