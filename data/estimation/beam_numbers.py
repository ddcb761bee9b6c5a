"""The beam of each return of scans whose sensor isn't known: by ring field, by the order of points, by elevation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.estimation.beam_fit import NEAREST, fit_beams
from data.estimation.elevation_peaks import elevation_peaks
from data.plausibility.beams import count_beams
from data.scan import Scan
from projection import Sensor, assign_beams, estimate_cut, returns
from projection.beam_order import NO_BEAM
from projection.errors import InputError

How = Literal["ring", "order", "elevation"]

UNKNOWN = Sensor("unknown", tuple(float(e) for e in np.linspace(63.5, -63.5, 255)), 2048)
"""Stands for a sensor that isn't known, where a recording is opened: it has as many beams as any."""

_FROM_BELOW = 127
"""Rings that count upwards are turned round with the 255 beams of `UNKNOWN`, so that they end at 254."""
_FEWEST_BEAMS = 4
_ALIKE = 0.6
"""Share of the scans that must have the same number of beams by their order."""
_FALLING = 0.95


@dataclass(frozen=True, eq=False)
class BeamNumbers:
    """Returns of several scans, and the beam of each.

    xyz: (N, 3) float64, metres. intensity: (N,) float32. beam: (N,) 0 the highest. scan: (N,) index of its scan.
    beams: how many the sensor has. how: what told the beams. cut: degrees at which scans stored beam after beam begin.
    """

    xyz: NDArray[np.float64]
    intensity: NDArray[np.float32]
    beam: NDArray[np.intp]
    scan: NDArray[np.intp]
    beams: int
    how: How
    cut: float | None = None


def number_beams(scans: Sequence[Scan], least: int = 0) -> BeamNumbers:
    """Number the beams of scans. least: beams that the sensor has at least, where that is known.

    Raises:
        InputError: there are no returns, rings don't count beams by their height, or points lie on no beams.
    """
    seen = [returns(scan.points) for scan in scans]
    if not any(one.any() for one in seen):
        raise InputError("no returns in any of the scans")
    kept = [scan.points[mask] for scan, mask in zip(scans, seen, strict=True)]
    if all(scan.ring is not None for scan in scans):
        rings = [scan.ring[mask] for scan, mask in zip(scans, seen, strict=True) if scan.ring is not None]
        return _by_ring(kept, rings, least)
    return _by_order(kept) or _by_elevation(kept)


def _joined(
    points: Sequence[NDArray[np.float32]], beams: Sequence[NDArray[np.integer]], count: int, how: How
) -> BeamNumbers:
    together = np.concatenate(points)
    scan = np.repeat(np.arange(len(points)), [len(one) for one in points])
    beam = np.concatenate(beams).astype(np.intp)
    return BeamNumbers(together[:, :3].astype(np.float64), together[:, 3], beam, scan, count, how)


def _by_ring(points: Sequence[NDArray[np.float32]], rings: Sequence[NDArray[np.uint8]], least: int) -> BeamNumbers:
    lowest, highest = min(int(ring.min(initial=255)) for ring in rings), max(int(ring.max(initial=0)) for ring in rings)
    first = lowest if highest > _FROM_BELOW else 0
    beams = max(highest + 1 - first, least)
    found = _joined(points, [ring - np.uint8(first) for ring in rings], beams, "ring")
    if not _fall(found):
        raise InputError(
            "the ring field doesn't number the beams by their height; number it from top to bottom, or drop it"
        )
    return found


def _by_order(points: Sequence[NDArray[np.float32]]) -> BeamNumbers | None:
    """Beams by the falls of the azimuth; None where the scans aren't stored beam after beam."""
    cuts = np.radians([estimate_cut(one) for one in points])
    cut = float(np.degrees(np.angle(np.exp(1j * cuts).mean())) % 360)
    counts = [count_beams(one[:, :3].astype(np.float64), None, replace(UNKNOWN, cut=cut)) for one in points]
    beams, often = Counter(counts).most_common(1)[0]
    if not _FEWEST_BEAMS <= beams <= 255 or often < _ALIKE * len(points):
        return None
    sensor = replace(UNKNOWN, elevations=tuple(np.linspace(60, -60, beams).tolist()), cut=cut)
    same = [one for one, count in zip(points, counts, strict=True) if count == beams]
    assigned = [assign_beams(one, sensor) for one in same]
    found = _joined(same, assigned, beams, "order")
    in_order = np.all(np.diff(found.beam)[np.diff(found.scan) == 0] >= 0)
    if (found.beam == NO_BEAM).any() or not in_order or not _fall(found):
        return None
    return replace(found, cut=cut)


def _fall(found: BeamNumbers) -> bool:
    """True if each beam lies below the one before it, by what they hit at some distance."""
    slope, far = _slope(found.xyz), np.hypot(found.xyz[:, 0], found.xyz[:, 1]) > NEAREST
    numbers = np.unique(found.beam[far])
    middles = np.asarray([np.median(slope[far & (found.beam == k)]) for k in numbers])
    return len(numbers) > 1 and bool(np.mean(np.diff(middles) < 0) >= _FALLING)


def _by_elevation(points: Sequence[NDArray[np.float32]]) -> BeamNumbers:
    xyz = np.concatenate(points)[:, :3].astype(np.float64)
    far = np.hypot(xyz[:, 0], xyz[:, 1]) > NEAREST
    out = up = 0.0
    for _ in range(2):
        # Seen from where the beams leave the sensor, once that is known, their elevations are sharp.
        elevation = np.degrees(np.arctan2(xyz[:, 2] - up, np.maximum(np.hypot(xyz[:, 0], xyz[:, 1]) - out, 1e-9)))
        peaks = elevation_peaks(elevation[far])
        if not _FEWEST_BEAMS <= len(peaks) <= 255:
            raise InputError(
                "the points lie on no beams that could be told apart, and have no ring field; give scans of a spinning "
                "sensor, in its own frame, in the order that it measured"
            )
        beam = np.searchsorted(-(peaks[1:] + peaks[:-1]) / 2, -elevation)
        fit = fit_beams(xyz, beam, len(peaks))
        if (fit.out, fit.up) == (out, up):
            break
        out, up = fit.out, fit.up
    ends = np.cumsum([len(one) for one in points])[:-1]
    return _joined(points, np.split(beam, ends), len(peaks), "elevation")


def _slope(xyz: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(xyz[:, 2] / np.maximum(np.hypot(xyz[:, 0], xyz[:, 1]), 1e-9), np.float64)
