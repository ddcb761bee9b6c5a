"""The page has the palette's colours, and learns the classes from the server."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from apps.viewer.feeds import feed
from apps.viewer.feeds.feed import class_table
from apps.viewer.server import STATIC
from apps.viewer.streamlit_settings import SETTINGS
from apps.viewer.theme import SHADOWS, style_sheet
from data.labels import BACKGROUND, CLASS_TABLE, CLASSES, COLOURS, IGNORE_COLOUR
from squeezeseg.plotting import palette


def test_the_style_sheet_has_the_themes_of_the_palette():
    blocks = re.findall(r"(\S+) \{ color-scheme: (\w+); (.*?) \}", style_sheet())
    assert [selector for selector, _, _ in blocks] == [
        ":root",
        ':root[data-theme="light"]',
        ':root:not([data-theme="dark"])',
    ]
    for _, scheme, block in blocks:
        theme = {"dark": palette.DARK, "light": palette.LIGHT}[scheme]
        written = dict(re.findall(r"--([\w-]+): ([^;]+);", block))
        assert written.pop("shadow") == f"{SHADOWS} {theme['shadow']}"
        assert written == {name: value for name, value in theme.items() if name != "shadow"}


@pytest.mark.parametrize("file", sorted(path.name for path in STATIC.glob("*.css")))
def test_every_variable_of_a_style_sheet_is_in_the_themes(file):
    used = set(re.findall(r"var\(--([\w-]+)", (STATIC / file).read_text("utf-8")))
    assert used <= set(palette.DARK)


def test_both_themes_say_the_same():
    assert list(palette.DARK) == list(palette.LIGHT)


def test_the_icon_has_the_colours_of_the_objects():
    strokes = re.findall(r'stroke="(#\w+)"', (STATIC / "icon.svg").read_text("utf-8"))
    assert strokes == [palette.css(one.colour) for one in CLASS_TABLE[1:]]


def test_the_server_tells_the_classes_and_their_colours():
    table = class_table()
    assert [one["name"] for one in table["classes"]] == list(CLASSES)
    assert [one["dark"] for one in table["classes"]] == COLOURS.tolist()
    assert [one["key"] for one in [*table["classes"], table["no_label"]]] == ["1", "2", "3", "4", "5"]
    assert table["no_label"]["dark"] == list(IGNORE_COLOUR)
    assert table["background"] == BACKGROUND
    assert [one["name"] for one in table["errors"]] == ["right", "false", "missed", "wrong class"]


def test_where_digits_run_out_a_class_has_no_key(monkeypatch):
    more = (*CLASS_TABLE, *(replace(CLASS_TABLE[1], name=f"kind {k}") for k in range(3)))
    shades = {one.name: palette.Shades(one.colour, one.colour) for one in more}
    monkeypatch.setattr(feed, "CLASS_TABLE", more)
    monkeypatch.setattr(feed, "POINTS", {**shades, palette.NO_LABEL: palette.POINTS[palette.NO_LABEL]})
    table = class_table()
    assert [one["key"] for one in [*table["classes"], table["no_label"]]] == [*"123456", "", ""]


@pytest.mark.parametrize(
    ("theme", "name"), [("dark", "primaryColor"), ("light", "primaryColor"), ("dark", "textColor")]
)
def test_streamlits_sidebar_has_the_colours_of_the_page(theme, name):
    colours = {"dark": palette.DARK, "light": palette.LIGHT}[theme]
    assert SETTINGS[f"theme.{theme}.{name}"] == colours[{"primaryColor": "accent", "textColor": "ink"}[name]]


@pytest.mark.parametrize("file", sorted(path.name for path in STATIC.iterdir()))
def test_nothing_is_fetched_from_elsewhere(file):
    text = (STATIC / file).read_text().replace("http://www.w3.org/2000/svg", "")
    assert "//" not in re.sub(r"^\s*//.*$|\s// .*$", "", text, flags=re.M).replace("/**", "")
