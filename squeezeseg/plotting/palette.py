"""Palette: every colour that pictures, plots and pages are drawn with, by what it is for.

A class's colours are in `data.labels.CLASS_TABLE`. The browser gets all of them from here: the themes as a style sheet,
the others in the server's greeting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from data.labels import BACKGROUND, CLASS_TABLE, CLASSES, IGNORE_COLOUR, OBJECT_CLASSES, RGB

Legend = Mapping[str, RGB]
"""Colours by the name of what they stand for."""


@dataclass(frozen=True)
class Shades:
    """One meaning's colour on dark paper and on light, where the bright ones would be lost."""

    dark: RGB
    light: RGB


# Pictures and videos, which are dark.
PAPER, INK, FAINT, DIM = (20, 22, 26), (230, 232, 235), (74, 79, 87), (138, 144, 153)
"""Ground, words, lines such as rings, and words that recede."""
RECORDING_CAR_COLOUR: RGB = (140, 146, 155)
"""The car that carries the sensor: white would make it one of the ground truth's boxes."""
TRUE_BOX: RGB = (255, 255, 255)
OTHER_KIND: RGB = (255, 255, 255)
"""Of objects that are of no class."""
NO_RETURNS, OWN_CAR = (200, 60, 60), (230, 160, 40)
"""Parts of a sensor's turn that see nothing, or the car that carries it."""

# Classes.
NO_LABEL = "no label"
"""The name of points without a class."""
POINTS: Mapping[str, Shades] = {
    **{one.name: Shades(one.colour, one.on_light or one.colour) for one in CLASS_TABLE},
    NO_LABEL: Shades(IGNORE_COLOUR, (205, 210, 217)),
}
"""By class: of its points."""
LINES: Mapping[str, Shades] = {
    one.name: Shades(*(one.lines or (one.colour, one.on_light or one.colour))) for one in CLASS_TABLE
}
"""By class: of thin lines and words, which need more contrast."""
CLASS_LEGEND: Legend = {
    name: POINTS[name].dark for name in (*(CLASSES[k] for k in OBJECT_CLASSES), CLASSES[BACKGROUND], NO_LABEL)
}
"""The classes in pictures, those of objects first."""

# Errors. After Okabe and Ito: orange, sky blue, bluish green and white are told apart by everybody.
ERRORS: Mapping[str, Shades] = {
    "right": Shades((0, 130, 95), (0, 130, 95)),
    "false": Shades((240, 110, 20), (213, 94, 0)),
    "missed": Shades((86, 180, 233), (0, 114, 178)),
    "wrong class": Shades((255, 255, 255), (0, 0, 0)),
}
"""By kind, as `error_figures.errors` numbers them from 1."""
ERROR_LEGEND: Legend = {name: shades.dark for name, shades in ERRORS.items()}

DIFFERENCES: Mapping[str, Shades] = {
    "both the same": ERRORS["right"],
    "only the first": ERRORS["false"],
    "only the second": ERRORS["missed"],
    "another class": ERRORS["wrong class"],
}
"""By how the labels of two runs go together, in the order of `ERRORS`."""

MOTIONS: Mapping[str, Shades] = {
    "moving": Shades((240, 110, 20), (213, 94, 0)),
    "parked": Shades((0, 190, 140), (0, 114, 80)),
    "motion not known": Shades((184, 192, 202), (96, 104, 116)),
}
"""Of tracks, see `motion_of`."""

# Objects, told apart by colours that neighbouring numbers don't share. After Kelly: 22 colours of maximum contrast.
OBJECTS: tuple[Shades, ...] = tuple(
    Shades(dark, light)
    for dark, light in (
        ((243, 195, 0), (176, 141, 0)),
        ((190, 120, 225), (120, 60, 160)),
        ((243, 132, 0), (205, 95, 0)),
        ((161, 202, 241), (50, 110, 170)),
        ((235, 70, 85), (190, 0, 50)),
        ((194, 178, 128), (120, 105, 60)),
        ((60, 190, 110), (0, 120, 70)),
        ((240, 150, 180), (195, 75, 120)),
        ((80, 150, 235), (0, 85, 165)),
        ((249, 147, 121), (200, 80, 50)),
        ((150, 130, 230), (96, 78, 151)),
        ((220, 211, 0), (130, 130, 0)),
    )
)

# Plots, which are on white. Okabe and Ito's, told apart with every common colour blindness.
ORANGE, SKY_BLUE, GREEN, YELLOW = "#e69f00", "#56b4e9", "#009e73", "#f0e442"
BLUE, VERMILION, PURPLE, GREY, DARK_GREY = "#0072b2", "#d55e00", "#cc79a7", "#999999", "#555555"
STAGES = (ORANGE, BLUE, GREEN, YELLOW, PURPLE, SKY_BLUE, VERMILION, GREY)
"""Of a scan's stages, in the order of the pipeline."""
SOURCES = (VERMILION, BLUE, GREEN, PURPLE, DARK_GREY, ORANGE)
"""Of scans that are compared; the first is what the others are compared with."""
GRID = "#dddddd"
"""Lines behind a plot."""
MARK = "#333333"
"""Lines across a plot, and their names."""

# Pages: the viewer, Streamlit's around it, the page of scores.
DARK: Mapping[str, str] = {
    "cloud": "#101216",  # ground of the point cloud
    "paper": "#16191e",
    "card": "#1d2127",
    "raised": "#262b33",
    "line": "#30363f",
    "ink": "#e8eaed",
    "soft": "#a3acb7",  # words that recede
    "accent": "#35aef0",
    "on-accent": "#06131c",
    "warn": "#f0a63c",
    "bad": "#f47c7c",
    "good": "#3fc39a",
    "ring": "#ffffff",  # distance rings and their words
    "halo": "rgb(16 18 22 / .7)",  # around those words
    "mark": "#ffffff",  # the point that is looked at
    "edge": "#000000",  # around that mark
    "shadow": "rgb(0 0 0 / .45)",
    "veil": "rgb(0 0 0 / .45)",  # over the page, behind a dialog
}
LIGHT: Mapping[str, str] = {
    "cloud": "#f3f5f8",
    "paper": "#ffffff",
    "card": "#f5f7f9",
    "raised": "#e8ecf1",
    "line": "#d5dae0",
    "ink": "#1b1f24",
    "soft": "#57606b",
    "accent": "#0072b2",
    "on-accent": "#ffffff",
    "warn": "#9a6200",
    "bad": "#b3261e",
    "good": "#00714f",
    "ring": "#141e2d",
    "halo": "rgb(243 245 248 / .8)",
    "mark": "#000000",
    "edge": "#ffffff",
    "shadow": "rgb(30 40 60 / .18)",
    "veil": "rgb(0 0 0 / .45)",
}


def motion_of(moving: bool | None) -> str:
    """The name of what a track does: None where that isn't known."""
    return {True: "moving", False: "parked", None: "motion not known"}[moving]


def css(colour: RGB) -> str:
    """A colour as style sheets and matplotlib have it: '#rrggbb'."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
