"""Elevations of beams of which each point's is known, fitted to what they hit.

A beam draws a cone: z - up = tan(elevation) * (d - out), d being the distance along the ground. Its apex lies off the
origin. A beam leaves its lens some centimetres from the axis of the turn, which shifts what is near by tenths of a
degree; and in scans that were corrected for the car's motion, each direction has an origin of its own. So `out` and
`up` are fitted with the elevations: for all beams together, and then for each direction of each scan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from projection.errors import InputError

Floats = NDArray[np.float64]

NEAREST = 1.0
"""Metres: what is nearer is the car, or a hand before the lens."""
_FARTHEST_APEX = 0.5
"""Metres: nothing that spins on a car leaves its beams from further off."""
_SMALL_APEX = 0.06
"""Metres: what is further off changes how rows look even across a street."""
_FEWEST = 8
_ROUNDS = 8
_BELIEVED = 0.5
"""Share of the deviations that may be left where origins are believed."""
_SECTORS = 24
_RIDGE = 0.02
"""Of what a direction must show of distances, to have an origin of its own."""
_SHOWN_AT, _SHOWN_HEIGHT = 25.0, 1.73
"""Metres: at that distance, or where it meets the ground, a beam's elevation is told if its origin is far off."""


@dataclass(frozen=True, eq=False)
class BeamFit:
    """Beams fitted to returns.

    elevations: (H,) degrees, NaN where a beam has too few returns. spread: (H,) degrees by which two thirds of a
        beam's returns lie off it at most.
    out, up: metres that beams leave the sensor from away from its axis, and above its origin; 0 where not clear.
    """

    elevations: Floats
    spread: Floats
    out: float
    up: float


def fit_beams(xyz: Floats, beam: NDArray[np.integer], beams: int, scan: NDArray[np.integer] | None = None) -> BeamFit:
    """Fit `beams` beams to returns (N, 3).

    beam: (N,) the number of each return's. scan: (N,) the number of its scan.

    Raises:
        InputError: no beam has enough returns.
    """
    ground = np.hypot(xyz[:, 0], xyz[:, 1])
    far = ground > NEAREST
    if not far.any() or np.bincount(beam[far]).max() < _FEWEST:
        raise InputError(f"too few returns beyond {NEAREST:g} m to tell the beams; give more scans")
    turn = np.arctan2(xyz[far, 1], xyz[far, 0]) / (2 * np.pi) + 0.5
    sector = np.minimum((turn * _SECTORS).astype(np.intp), _SECTORS - 1)
    if scan is not None:
        sector += _SECTORS * scan[far].astype(np.intp)
    fit = _Fit(1 / ground[far], xyz[far, 2] / ground[far], beam[far].astype(np.intp), beams, sector)
    plain, off = fit.tangents(0.0, 0.0)
    for own in (False, True):
        tangent, left, out, up = fit.origins(own)
        if np.nanmedian(left) < _BELIEVED * np.nanmedian(np.abs(off)):
            break
    else:
        tangent, left, out, up = plain, np.abs(off), 0.0, 0.0
    if max(abs(out), abs(up)) > _SMALL_APEX:
        # Such a sensor's rows look alike at no two distances: what is told is where they lie on a street.
        down = np.where(tangent < 0, _SHOWN_HEIGHT / np.maximum(-tangent, 1e-9), np.inf)
        shown_at = np.minimum(down, _SHOWN_AT)
        tangent = (tangent * (shown_at - out) + up) / shown_at
    width = [np.quantile(left[one], 0.68) if len(one) >= _FEWEST else np.nan for one in fit.groups]
    spread = np.degrees(np.asarray(width) / (1 + tangent**2))
    return BeamFit(np.degrees(np.arctan(tangent)), spread, out, up)


class _Fit:
    """Returns as the fit sees them: 1 / d, z / d, and which beam and direction each is of."""

    def __init__(
        self,
        near: Floats,
        slope: Floats,
        beam: NDArray[np.intp],
        beams: int,
        sector: NDArray[np.intp],
    ) -> None:
        self.near, self.slope, self.beam, self.sector = near, slope, beam, sector
        count = np.bincount(beam, minlength=beams)
        order, ends = np.argsort(beam, kind="stable"), np.cumsum(count)
        self.groups = [order[end - size : end] for end, size in zip(ends, count, strict=True)]

    def tangents(self, out: float | Floats, up: float | Floats) -> tuple[Floats, Floats]:
        """Tangents of the elevations (H,), and how far each return's lies off, where beams leave from these."""
        seen = (self.slope - up * self.near) / (1 - out * self.near)
        tangent = np.asarray([np.median(seen[one]) if len(one) >= _FEWEST else np.nan for one in self.groups])
        return tangent, seen - tangent[self.beam]

    def origins(self, own: bool) -> tuple[Floats, Floats, float, float]:
        """Tangents, deviations' sizes, and `out` and `up` of all beams. own: each direction has others besides."""
        out, up = 0.0, 0.0
        own_out, own_up = np.zeros_like(self.near), np.zeros_like(self.near)
        tangent, off = self.tangents(0.0, 0.0)
        for _ in range(_ROUNDS):
            if own:
                more_out, more_up = self._each(off, tangent)
                own_out, own_up = own_out + more_out, own_up + more_up
                tangent, off = self.tangents(out + own_out, up + own_up)
            more = self._together(off, tangent)
            out, up = out + more[0], up + more[1]
            if not max(abs(out), abs(up)) < _FARTHEST_APEX:
                return tangent, np.full_like(off, np.inf), 0.0, 0.0
            tangent, off = self.tangents(out + own_out, up + own_up)
        return tangent, np.abs(off), out, up

    def _used(self, off: Floats) -> NDArray[np.bool_]:
        return np.asarray(np.abs(off) < 3 * float(np.nanmedian(np.abs(off))) + 1e-5)

    def _together(self, off: Floats, tangent: Floats) -> tuple[float, float]:
        """What `out` and `up` lack, by how each beam's deviations change with the distance."""
        used = self._used(off)
        centred, near = np.zeros_like(off), np.zeros_like(off)
        for group in self.groups:
            inside = group[used[group]]
            if len(inside) >= _FEWEST:
                centred[inside] = off[inside] - off[inside].mean()
                near[inside] = self.near[inside] - self.near[inside].mean()
        # off = up * near - tangent * out * near, apart from each beam's mean.
        a = -np.where(used, tangent[self.beam], 0.0) * near
        out, up = _solve((a * a).sum(), (a * near).sum(), (near**2).sum(), (a * centred).sum(), (near * centred).sum())
        return float(out), float(up)

    def _each(self, off: Floats, tangent: Floats) -> tuple[Floats, Floats]:
        """(N,) each: what `out` and `up` lack in each direction, but for their means."""
        used = self._used(off)
        a = -np.where(used, tangent[self.beam], 0.0) * self.near
        b, y = np.where(used, self.near, 0.0), np.where(used, off, 0.0)
        count = int(self.sector.max()) + 1

        def total(values: Floats) -> Floats:
            return np.bincount(self.sector, values, count).astype(np.float64)

        aa, bb = total(a * a), total(b * b)
        out, up = _solve(aa + _RIDGE * aa.mean(), total(a * b), bb + _RIDGE * bb.mean(), total(a * y), total(b * y))
        return np.asarray((out - out.mean())[self.sector]), np.asarray((up - up.mean())[self.sector])


def _solve(aa: Floats, ab: Floats, bb: Floats, ay: Floats, by: Floats) -> tuple[Floats, Floats]:
    """The two unknowns of normal equations; 0 where these don't tell."""
    determinant = aa * bb - ab * ab
    clear = determinant > 1e-6 * aa * bb
    safe = np.where(clear, determinant, 1.0)
    return np.where(clear, bb * ay - ab * by, 0.0) / safe, np.where(clear, aa * by - ab * ay, 0.0) / safe
