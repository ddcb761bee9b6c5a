"""The blind parts of a sensor: directions in which it sees nothing, or always its own car."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.estimation.beam_numbers import BeamNumbers
from data.estimation.mount import Mount

Mask = NDArray[np.bool_]

BINS = 180
"""Of the azimuth: 2 degrees each, from 180 degrees (behind) to the right."""
_DOWN = -3.0
"""Degrees: lower beams meet the ground, wherever nothing is in the way."""
_USUAL = 0.6
"""Share of a beam's directions that must have returns for the others to count as blind."""
_OWN, _ABOVE, _ALWAYS, _STEADY = 3.5, 0.3, 0.7, 0.1
"""Metres within which the own car lies, and above the ground; share of scans that must see it there; metres by which
its distance varies."""
_FEWEST_SCANS = 3
_SECTOR = 0.7
"""Share of the lower beams that must be blind in a direction for what they say to hold for the upper ones."""
_WIDEST_GAP = 2
"""Bins without returns that needn't be blind: a wet patch, a thin post."""


@dataclass(frozen=True, eq=False)
class BlindParts:
    """Directions that a sensor doesn't see.

    empty: (H, BINS) no return in any scan, where the others of the beam have some. own: (H, BINS) the same near return
    in nearly all scans. Columns run from azimuth 180 degrees to -180.
    """

    empty: Mask
    own: Mask

    @property
    def share(self) -> float:
        """Share of all directions."""
        return float((self.empty | self.own).mean())


def find_blind_parts(found: BeamNumbers, elevations: NDArray[np.float64], mount: Mount | None) -> BlindParts:
    """Find the blind parts of a sensor whose beams lie at `elevations` (H,) degrees.

    Without a mount, the own car isn't told from the ground and from walls.
    """
    scans = int(found.scan.max()) + 1
    azimuth = np.degrees(np.arctan2(found.xyz[:, 1], found.xyz[:, 0]))
    column = np.clip(((180 - azimuth) / 360 * BINS).astype(np.intp), 0, BINS - 1)
    cell = found.beam * BINS + column
    shape = (found.beams, BINS)
    seen = np.bincount(cell, minlength=found.beams * BINS).reshape(shape) > 0
    lower = elevations < _DOWN
    usual = seen.mean(axis=1) > _USUAL
    empty = ~seen & (usual & lower)[:, None]
    empty = _wide(empty)
    if (judged := usual & lower).any():
        blocked = empty[judged].mean(axis=0) >= _SECTOR
        empty |= ~seen & blocked[None, :]
    own = np.zeros(shape, bool)
    if mount is not None and scans >= _FEWEST_SCANS:
        own = _own(found, mount, cell, scans).reshape(shape)
    return BlindParts(empty, own)


def _wide(mask: Mask) -> Mask:
    """What of a mask isn't narrower than `_WIDEST_GAP` + 1 columns around the turn."""
    width = _WIDEST_GAP + 1
    runs = np.stack([np.roll(mask, -k, axis=1) for k in range(width)]).all(axis=0)
    return np.asarray(np.stack([np.roll(runs, k, axis=1) for k in range(width)]).any(axis=0))


def _own(found: BeamNumbers, mount: Mount, cell: NDArray[np.intp], scans: int) -> Mask:
    """(H * BINS,): cells where nearly every scan has a return of the car, at nearly the same distance."""
    distance = np.where(mount.above(found.xyz) > _ABOVE, np.sqrt((found.xyz**2).sum(axis=1)), np.inf)
    nearest = np.full((scans, found.beams * BINS), np.inf)
    np.minimum.at(nearest, (found.scan, cell), distance)
    near = nearest < _OWN
    always = near.mean(axis=0) >= _ALWAYS
    kept = np.where(near, nearest, np.nan)[:, always]
    steady = np.zeros(len(always), bool)
    if always.any():
        middle = np.nanmedian(kept, axis=0)
        steady[always] = np.nanmedian(np.abs(kept - middle), axis=0) < _STEADY
    return steady
