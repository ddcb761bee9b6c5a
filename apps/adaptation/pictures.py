"""Pictures of an estimated sensor: its image, its beams, the ground below it, its blind parts, its intensities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from data.estimation import SensorEstimate
from data.estimation.reflectances import BORDERS
from data.scan import Scan
from projection import project, returns
from squeezeseg.plotting import palette
from squeezeseg.plotting.figures import FAINT, INK, PAPER, draw_strip

_FAR = 60.0
"""Metres, from which on all have one colour."""
_MOST = 40_000
_SIDE, _ABOVE = 30.0, (-3.5, 4.0)
"""Metres that the view from the side shows, along and up."""


def images(scan: Scan, estimate: SensorEstimate) -> Figure:
    """The range image of a scan, as the sensor gives it: ranges, intensities, and the blind parts."""
    sensor = estimate.sensor
    ring = scan.ring if estimate.told_by == "ring" else None
    if ring is not None:
        ring = ring - np.uint8(max(int(ring.max()) + 1 - sensor.beams, 0))
    image = project(scan.points, sensor, ring)
    seen = image.mask
    ranges = colormaps["viridis_r"](np.clip(image.channels[4] / _FAR, 0, 1))[..., :3]
    bright = np.clip(image.channels[3] * 2, 0, 1)[..., None].repeat(3, axis=2)
    strips = [("range", np.where(seen[..., None], ranges, 0)), ("intensity", np.where(seen[..., None], bright, 0))]
    strips.append(("blind parts: red no returns, orange the sensor's own car", _blind(estimate, sensor.columns)))
    figure = _figure((14, 0.6 + 0.9 * len(strips) + 0.03 * sensor.beams * len(strips)))
    axes = figure.subplots(len(strips), 1)
    for number, (one, (title, pixels)) in enumerate(zip(axes, strips, strict=True)):
        draw_strip(one, sensor, pixels.astype(np.float64), marked=number == len(strips) - 1)
        one.set_title(title, loc="left", color=INK, fontsize=11)
    return figure


def plots(scans: Sequence[Scan], estimate: SensorEstimate) -> Figure:
    """Beams, the view from the side with the ground, and intensities by distance."""
    figure = _figure((14, 4.4))
    beams, side, bright = figure.subplots(1, 3, width_ratios=(1, 1.6, 1))
    _beams(beams, estimate)
    _side(side, scans, estimate)
    _intensities(bright, estimate)
    return figure


def _figure(size: tuple[float, float]) -> Figure:
    return Figure(figsize=size, layout="constrained", facecolor=PAPER)


def _blind(estimate: SensorEstimate, columns: int) -> NDArray[np.float64]:
    """(H, columns, 3)."""
    sensor, blind = estimate.sensor, estimate.blind
    azimuth = sensor.azimuth_left - (np.arange(columns) + 0.5) / columns * (sensor.azimuth_left - sensor.azimuth_right)
    bins = blind.empty.shape[1]
    column = np.clip(((180 - azimuth) / 360 * bins).astype(int), 0, bins - 1)
    pixels = np.full((*blind.empty.shape, 3), 0.16)
    pixels[blind.empty], pixels[blind.own] = np.array(palette.NO_RETURNS) / 255, np.array(palette.OWN_CAR) / 255
    return np.asarray(pixels[:, column])


def _beams(axes: Axes, estimate: SensorEstimate) -> None:
    _plain(axes, "elevation of each beam, degrees", "beam", "")
    rows = np.arange(estimate.sensor.beams)
    known = np.isfinite(estimate.fit.elevations)
    elevations = np.asarray(estimate.sensor.elevations)
    axes.plot(rows[known], elevations[known], "o", color=_colour(0), markersize=4)
    if not known.all():
        axes.plot(rows[~known], elevations[~known], "x", color=_colour(1), label="without returns: guessed")
        axes.legend(fontsize=8, frameon=False, labelcolor=INK)


def _side(axes: Axes, scans: Sequence[Scan], estimate: SensorEstimate) -> None:
    points = np.concatenate([scan.points[returns(scan.points)][:: max(1, len(scans))] for scan in scans])
    points = points[(np.abs(points[:, 1]) < 6) & (np.abs(points[:, 0]) < _SIDE)]
    points = points[:: max(len(points) // _MOST, 1)]
    _plain(axes, "from the side, 6 m to either hand", "metres ahead", "metres up")
    axes.plot(points[:, 0], points[:, 2], ",", color=palette.css(palette.DIM))
    axes.plot([0], [0], "^", color=INK, markersize=7)
    if estimate.mount is not None:
        x = np.array([-_SIDE, _SIDE])
        rise = np.tan(np.radians(estimate.mount.pitch)) * x
        axes.plot(x, rise - estimate.mount.height, color=_colour(0), linewidth=1.5)
        axes.annotate(
            f"the ground, {estimate.mount.height:.2f} m below", (-_SIDE + 1, 3.3), color=_colour(0), fontsize=10
        )
    axes.set_xlim(-_SIDE, _SIDE)
    axes.set_ylim(*_ABOVE)


def _intensities(axes: Axes, estimate: SensorEstimate) -> None:
    _plain(axes, "intensities: a tenth, half, nine tenths", "by distance, metres", "")
    if not estimate.reflectances.known:
        axes.text(0.5, 0.5, "none", color=INK, ha="center", transform=axes.transAxes)
        return
    for k, quantiles in enumerate(estimate.reflectances.by_range):
        if quantiles is not None:
            low, middle, high = quantiles
            axes.plot([k, k], [low, high], color=_colour(0), linewidth=2)
            axes.plot([k], [middle], "o", color=_colour(0))
    axes.set_xticks(range(len(BORDERS) - 1), [f"{near:g}-" for near in BORDERS[:-1]])
    axes.set_ylim(0, 1)


def _plain(axes: Axes, title: str, along: str, up: str) -> None:
    axes.set_facecolor(PAPER)
    axes.set_title(title, loc="left", color=INK, fontsize=11)
    axes.set_xlabel(along, color=INK)
    axes.set_ylabel(up, color=INK)
    axes.tick_params(colors=INK)
    axes.grid(color=FAINT, linewidth=0.5)
    axes.spines[:].set_color(FAINT)


def _colour(number: int) -> str:
    return palette.css(palette.OBJECTS[number].dark)
