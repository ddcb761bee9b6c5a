"""Colours, and the names of classes, are written down in one place."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from apps.evaluation.style import class_style, style_sheet
from data.labels import CLASS_TABLE, CLASSES, OBJECT_CLASSES
from squeezeseg.plotting import palette

ROOT = Path(palette.__file__).resolve().parents[2]
ALLOWED = {"squeezeseg/plotting/palette.py", "apps/viewer/static/icon.svg"}
"""The palette; what the browser needs before it has asked for anything, held to the palette by tests/apps/viewer."""
FILES = sorted(
    str(file.relative_to(ROOT))
    for folder in ("apps", "squeezeseg/plotting")
    for file in (ROOT / folder).rglob("*")
    if file.suffix in (".py", ".js", ".css", ".html", ".svg")
)
HEX = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b(?!-)", re.I)
FUNCTION = re.compile(r"\b(?:rgba?|hsla?)\(\s*[\d.]+")
TRIPLE = re.compile(r"[\[(]\s*(\d{1,3}),\s*(\d{1,3}),\s*(\d{1,3})\s*[\])]")


def is_colour(values):
    """Whether three numbers can only be red, green and blue: small ones are indices, axes or lengths."""
    return all(0 <= value <= 255 for value in values) and max(values) > 20


def colours_in(text, name):
    """The colours that a file of this name writes down."""
    found = [*HEX.findall(text), *FUNCTION.findall(text)]
    if name.endswith(".py"):
        tree = ast.parse(text)
        unpacked = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and type(node.targets[0]) is ast.Tuple
        ]
        for node in ast.walk(tree):
            if type(node) in (ast.Tuple, ast.List) and len(node.elts) in (3, 4) and node not in unpacked:
                values = [part.value for part in node.elts if isinstance(part, ast.Constant)]
                if len(values) == len(node.elts) and all(type(value) is int for value in values) and is_colour(values):
                    found.append(str(tuple(values)))
    elif name.endswith(".js"):
        found += [match[0] for match in TRIPLE.finditer(text) if is_colour([int(part) for part in match.groups()])]
    return found


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ('INK = "#e6e8eb"', "a.py", ["#e6e8eb"]),
        ("a { color: #fff }", "a.css", ["#fff"]),
        ("a { color: rgb(0 0 0 / .4) }", "a.css", ["rgb(0"]),
        ("INK = (20, 22, 26)", "a.py", ["(20, 22, 26)"]),
        ("INK = [230, 40, 10, 255]", "a.py", ["(230, 40, 10, 255)"]),
        ("const ink = [120, 124, 130];", "a.js", ["[120, 124, 130]"]),
        ("INK, PAPER = (20, 22, 26), (1, 2, 30)", "a.py", ["(20, 22, 26)", "(1, 2, 30)"]),
        ("left, top, bottom = 24, 112, 24", "a.py", []),
        ("SIZE = (0, 1, 2), (1280, 720), (4.0, 30, 40)", "a.py", []),
        ("const look = { target: [7, 0, 0] };", "a.js", []),
        ('<use href="#i-play"/>', "a.html", []),
        ("#card, #cloud { top: 0 }", "a.css", []),
        ("`rgb(${rgb.join()})`", "a.js", []),
    ],
)
def test_a_colour_is_found(text, name, expected):
    assert colours_in(text, name) == expected


@pytest.mark.parametrize("name", FILES)
def test_no_colour_is_written_down_beside_the_palette(name):
    assert (colours_in((ROOT / name).read_text("utf-8"), name) == []) == (name not in ALLOWED)


@pytest.mark.parametrize(
    "folder", ["apps/drawing", "apps/desktop", "apps/evaluation", "apps/bench", "apps/viewer", "squeezeseg/plotting"]
)
def test_no_class_is_named_beside_the_table(folder):
    # "background" is a word of style sheets as well.
    classes = [CLASS_TABLE[k] for k in OBJECT_CLASSES]
    names = "|".join([*(one.name for one in classes), *(one.plural for one in classes), palette.NO_LABEL])
    quoted = re.compile(rf"""(["'])(?:{names})\1|\b(?:CAR|PEDESTRIAN|CYCLIST)\b|[.#-](?:{names})\b""")
    files = [ROOT / name for name in FILES if name.startswith(f"{folder}/") and name not in ALLOWED]
    assert {str(file): found[0] for file in files if (found := quoted.search(file.read_text("utf-8")))} == {}


def test_pictures_show_classes_in_the_colours_of_the_table():
    assert {one.name: one.colour for one in CLASS_TABLE}.items() <= palette.CLASS_LEGEND.items()
    assert list(palette.CLASS_LEGEND)[-2:] == [CLASSES[0], palette.NO_LABEL]


@pytest.mark.parametrize(("theme", "shade"), [("dark", 0), ("light", 1)])
def test_the_page_of_scores_colours_every_class(theme, shade):
    light, dark = style_sheet().split("@media (prefers-color-scheme: dark)")
    for one in CLASS_TABLE:
        rule = f".{class_style(one.name)} {{ --own: {palette.css(one.lines[shade])} }}"
        assert rule in (dark if theme == "dark" else light)


def test_a_style_is_one_word():
    assert class_style("traffic sign") == "class-traffic-sign"


def luminance(colour):
    """Relative luminance of '#rrggbb', as WCAG 2 defines it."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", ["ink", "soft", "accent", "warn", "bad", "good"])
def test_words_can_be_read_on_their_paper(theme, name):
    colours = {"dark": palette.DARK, "light": palette.LIGHT}[theme]
    low, high = sorted(luminance(colours[part]) for part in (name, "paper"))
    assert (high + 0.05) / (low + 0.05) >= 4.5
