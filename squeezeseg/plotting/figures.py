"""Pictures of labelled scans: the range image as strips, and the scan from above. No display is needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Patch, Rectangle
from numpy.typing import NDArray

from data.atomic import atomic_write
from data.labels import BACKGROUND, IGNORE, colours
from data.scan import Scan
from data.segmentation import Segmentation
from projection import RangeImage, Sensor
from squeezeseg.plotting import palette
from squeezeseg.plotting.palette import CLASS_LEGEND, Legend

DPI = 100
PAPER, INK, FAINT = (palette.css(colour) for colour in (palette.PAPER, palette.INK, palette.FAINT))
REACH = 40.0
"""Metres from the sensor to the edges of the picture from above."""
_RANGES = 2.0, 80.0
"""Metres between which the strip of ranges changes its colour."""
_RECORDING_CAR = (4.0, 1.8)
"""Length and width in metres of the car drawn in the middle."""


def draw_frame(
    folder: Path, name: str, scan: Scan, result: Segmentation, truth: NDArray[np.uint8] | None = None
) -> list[Path]:
    """Write NAME_range.png and NAME_above.png into `folder`, atomically; the truth (N,) is shown beside if given.

    Raises:
        InputError: the folder can't be written.
    """
    files = _files(folder, name)
    _save(files[0], range_figure(result, name, truth))
    _save(files[1], above_figure(scan, result, name, truth))
    return files


def is_drawn(folder: Path, name: str) -> bool:
    """True where both pictures are there."""
    return all(file.is_file() for file in _files(folder, name))


def range_figure(result: Segmentation, title: str, truth: NDArray[np.uint8] | None = None) -> Figure:
    """The range image in strips of one width: labels, the truth if given, intensity, range."""
    image = result.image
    strips = [("labels", label_strip(result))]
    if truth is not None:
        strips.append(("ground truth", labelled(image, image.of_pixels(truth, BACKGROUND))))
    strips += [("intensity", _grey(image)[..., None].repeat(3, 2)), ("range", _ranges(image))]
    return draw_strips(image.sensor, strips, title, CLASS_LEGEND)


def label_strip(result: Segmentation) -> NDArray[np.float64]:
    """(H, W, 3) 0..1: the range image of a segmented scan in its labels' colours."""
    image = result.image
    pixels = image.of_pixels(result.labels, BACKGROUND) if result.pixel_labels is None else result.pixel_labels
    return labelled(image, pixels)


def above_figure(scan: Scan, result: Segmentation, title: str, truth: NDArray[np.uint8] | None = None) -> Figure:
    """The scan from above, ahead being up: labels, and the truth beside them if given."""
    panels = [("labels", result.labels)] + ([] if truth is None else [("ground truth", truth)])
    seen = [(name, colours(labels), is_object(labels), labels == IGNORE) for name, labels in panels]
    return draw_above(scan.points, result.image.sensor, seen, title, CLASS_LEGEND)


def draw_strips(
    sensor: Sensor, strips: Sequence[tuple[str, NDArray[np.float64]]], title: str, legend: Legend, wide: int = 2048
) -> Figure:
    """Range images (H, W, 3) 0..1 with their names, one below the other, `wide` pixels each."""
    tall = max(3 * sensor.beams, 120)
    left, top, gap, bottom = 30, 64, 26, 32
    width, height = wide + 2 * left, top + len(strips) * (tall + gap) - gap + bottom
    figure = _figure(width, height)
    for k, (label, pixels) in enumerate(strips):
        y = height - top - k * (tall + gap) - tall
        axes = figure.add_axes((left / width, y / height, wide / width, tall / height))
        draw_strip(axes, sensor, pixels, marked=k == len(strips) - 1)
        axes.set_title(label, loc="left", color=INK, fontsize=12, pad=4)
    figure.text(left / width, 1 - 14 / height, title, color=INK, fontsize=15, va="top", weight="bold")
    draw_legend(figure, (1 - left / width, 1 - 4 / height), legend)
    return figure


def draw_strip(axes: Axes, sensor: Sensor, pixels: NDArray[np.float64], *, marked: bool) -> None:
    """Draw a range image (H, W, 3) 0..1; `marked`: with the azimuths below it."""
    edges = sensor.azimuth_left, sensor.azimuth_right
    axes.imshow(pixels, aspect="auto", interpolation="nearest", extent=(*edges, sensor.beams, 0))
    axes.set_yticks([])
    axes.set_xticks(_azimuths(sensor) if marked else [])
    axes.xaxis.set_major_formatter(lambda azimuth, _: f"{azimuth:+.0f}°" if azimuth else "0° ahead")
    axes.tick_params(colors=INK, labelsize=11, length=4)
    axes.spines[:].set_visible(False)


def draw_above(
    points: NDArray[np.float32],
    sensor: Sensor,
    panels: Sequence[tuple[str, NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]],
    title: str,
    legend: Legend,
    side: int = 900,
) -> Figure:
    """Points (N, 4) from above, one panel of `side` pixels beside the other, ahead being up.

    panels: a name, colours (N, 3), which points (N,) have a colour (the others are grey), which are dark (N,).
    """
    left, top, bottom = 24, 112, 24  # the legend is below the title, which may be long
    width, height = len(panels) * (side + left) + left, side + top + bottom
    figure = _figure(width, height)
    for k, (label, colour, coloured, dark) in enumerate(panels):
        x = left + k * (side + left)
        axes = figure.add_axes((x / width, bottom / height, side / width, side / height))
        draw_panel(axes, points, sensor, colour, coloured, dark)
        axes.set_title(label, loc="left", color=INK, fontsize=12, pad=4)
    figure.text(left / width, 1 - 14 / height, title, color=INK, fontsize=15, va="top", weight="bold")
    draw_legend(figure, (1 - left / width, 1 - 36 / height), legend)
    return figure


def is_object(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """True where labels are those of objects, neither background nor unknown."""
    return np.asarray((labels != BACKGROUND) & (labels != IGNORE))


def _files(folder: Path, name: str) -> list[Path]:
    return [folder / f"{name}_range.png", folder / f"{name}_above.png"]


def draw_panel(
    axes: Axes,
    points: NDArray[np.float32],
    sensor: Sensor,
    colour: NDArray[np.uint8],
    coloured: NDArray[np.bool_],
    dark: NDArray[np.bool_],
) -> None:
    """Draw points (N, 4) from above; the arguments are those of a panel of `draw_above`."""
    front = not sensor.full_turn
    bottom = -4.0 if front else -REACH
    axes.set(xlim=(REACH, -REACH), ylim=(bottom, bottom + 2 * REACH), facecolor=PAPER, xticks=[], yticks=[])
    axes.spines[:].set_color(FAINT)
    for radius in range(10, int(2 * REACH), 10):
        axes.add_patch(Circle((0, 0), radius, fill=False, color=FAINT, lw=0.6, zorder=0))
        if bottom + 2 * REACH > radius:
            axes.text(0, radius, f"{radius} m", color=INK, alpha=0.7, fontsize=9, ha="center", va="bottom", zorder=4)
    with np.errstate(invalid="ignore"):
        shown = np.abs(points[:, :2]).max(axis=1, initial=0) < 2 * REACH
    points, colour, coloured, dark = points[shown], colour[shown], coloured[shown], dark[shown]
    # Height above the ground as brightness: walls and trees stand out of the road.
    shade = np.clip((points[~coloured, 2] + sensor.height) / 4, 0, 1)[:, None] * 0.55 + 0.35
    shade = np.where(dark[~coloured, None], 0.35 * shade, shade)
    axes.scatter(points[~coloured, 1], points[~coloured, 0], s=0.7, c=shade.repeat(3, 1), lw=0, zorder=1)
    axes.scatter(points[coloured, 1], points[coloured, 0], s=3.5, c=colour[coloured] / 255, lw=0, zorder=2)
    length, width = _RECORDING_CAR
    axes.add_patch(Rectangle((-width / 2, -length / 2), width, length, fill=False, color=INK, lw=1.2, zorder=3))


def labelled(image: RangeImage, labels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(H, W, 3) 0..1: objects in their colours over the intensity in grey; what is unknown darker still."""
    return painted(image, colours(labels), is_object(labels), labels == IGNORE)


def painted(
    image: RangeImage, colour: NDArray[np.uint8], coloured: NDArray[np.bool_], dark: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(H, W, 3) 0..1: `colour` (H, W, 3) where `coloured` (H, W), else the intensity in grey, less of it if `dark`."""
    picture = (0.65 * _grey(image))[..., None].repeat(3, 2)
    picture[coloured & image.mask] = colour[coloured & image.mask] / 255
    picture[dark & ~coloured] *= 0.35
    return picture


def _grey(image: RangeImage) -> NDArray[np.float64]:
    """(H, W) 0..1: intensity, dark grey where it is 0, black where there is no return."""
    return np.asarray((0.15 + 0.85 * np.sqrt(np.clip(image.channels[3], 0, 1))) * image.mask, np.float64)


def _ranges(image: RangeImage) -> NDArray[np.float64]:
    """(H, W, 3) 0..1: near is bright; black where there is no return."""
    near, far = _RANGES
    depth = np.log(np.clip(image.channels[4], near, far) / near) / np.log(far / near)
    return np.asarray(colormaps["magma"](1 - 0.85 * depth)[..., :3] * image.mask[..., None])


def _azimuths(sensor: Sensor) -> list[float]:
    """Azimuths in degrees at which the axis is marked."""
    step = 45 if sensor.azimuth_left - sensor.azimuth_right > 180 else 15
    first = int(np.ceil(sensor.azimuth_right / step)) * step
    return [float(azimuth) for azimuth in np.arange(first, sensor.azimuth_left + 1e-6, step)]


def draw_legend(figure: Figure, anchor: tuple[float, float], legend: Legend) -> None:
    """Draw it in one line, its upper right corner at `anchor`."""
    patches = [Patch(label=name) for name in legend]
    for patch, colour in zip(patches, legend.values(), strict=True):
        patch.set_color((colour[0] / 255, colour[1] / 255, colour[2] / 255))
    figure.legend(
        handles=patches,
        loc="upper right",
        bbox_to_anchor=anchor,
        ncols=len(patches),
        frameon=False,
        labelcolor=INK,
        fontsize=12,
    )


def _figure(width: int, height: int) -> Figure:
    """An empty one, in pixels."""
    figure = Figure((width / DPI, height / DPI), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    return figure


def _save(path: Path, figure: Figure) -> None:
    with atomic_write(path) as file:
        figure.savefig(file, format="png", facecolor=PAPER)
