"""Links into the viewer."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.links import frame_link, view_words
from squeezeseg import InferenceSettings


@pytest.mark.parametrize("name", ["0000000007", "00/000007", "a b&c=d#é"])
def test_a_link_names_its_frame(name):
    assert parse_qs(urlsplit(frame_link(name)).query) == {"frame": [name]}


@pytest.mark.parametrize(
    ("settings", "options", "words"),
    [
        ({}, {}, ""),
        ({"model": "fast", "crf": False}, {}, " --model fast --no-crf"),
        ({"unknown_below": 0.5}, {"class_map": "squeezeseg"}, " --class-map squeezeseg --unknown-below 0.5"),
        ({"model": "fast"}, {"predictions": Path("run")}, " --predictions run"),
    ],
)
def test_the_command_shows_the_same_labels(settings, options, words):
    made = view_words(Path("drive"), InferenceSettings.given(**settings), **options)
    assert sorted(made) == sorted(f"squeezeseg view drive{words}".split())
