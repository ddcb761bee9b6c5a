"""The page's colours are those of the pictures and of `eval`'s page."""

from __future__ import annotations

import re

import pytest

from apps.drawing.error_figures import LEGEND
from apps.evaluation.style import STYLE
from apps.viewer.feeds.feed import class_table
from apps.viewer.server import STATIC
from apps.viewer.streamlit_settings import SETTINGS
from data.labels import CLASSES, COLOURS

SOURCE = (STATIC / "colours.js").read_text()


def rgb(text):
    return tuple(int(part) for part in text.split(","))


@pytest.mark.parametrize("kind", ["right", "false", "missed", "wrong class"])
def test_errors_have_the_colours_of_the_pictures(kind):
    dark = SOURCE[SOURCE.index("dark:") : SOURCE.index("light:")]
    found = re.search(rf'"?{kind}"?: \[([\d, ]+)\]', dark)
    assert rgb(found[1]) == LEGEND[kind]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_classes_on_light_paper_have_the_colours_of_the_page_of_scores(k):
    listed = re.search(r"LIGHT_CLASSES = .*?\(\[(.*?)\]\);", SOURCE, re.S)[1]
    light = [rgb(part) for part in re.findall(r"\[([\d, ]+)\]", listed)]
    expected = re.search(rf"--{CLASSES[k]}: #([0-9a-f]{{6}})", STYLE)[1]
    assert light[k] == tuple(bytes.fromhex(expected))


def test_the_server_tells_the_classes_and_their_colours():
    assert class_table()["classes"] == list(CLASSES)
    assert class_table()["colours"] == COLOURS.tolist()


@pytest.mark.parametrize(
    ("theme", "name"), [("dark", "primaryColor"), ("light", "primaryColor"), ("dark", "textColor")]
)
def test_streamlits_sidebar_has_the_colours_of_the_page(theme, name):
    variable = {"primaryColor": "accent", "textColor": "ink"}[name]
    css = (STATIC / "theme.css").read_text()
    part = css[: css.index('[data-theme="light"]')] if theme == "dark" else css[css.index('[data-theme="light"]') :]
    assert re.search(rf"--{variable}: (#[0-9a-f]+)", part)[1] == SETTINGS[f"theme.{theme}.{name}"]


@pytest.mark.parametrize("file", sorted(path.name for path in STATIC.iterdir()))
def test_nothing_is_fetched_from_elsewhere(file):
    text = (STATIC / file).read_text().replace("http://www.w3.org/2000/svg", "")
    assert "//" not in re.sub(r"^\s*//.*$|\s// .*$", "", text, flags=re.M).replace("/**", "")
