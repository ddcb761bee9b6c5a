from __future__ import annotations

import pytest

from apps.search.options import seconds
from apps.search.settings import read_settings
from projection import InputError


@pytest.mark.parametrize(
    ("text", "expected"), [("3ms", 3e-3), ("800us", 8e-4), ("0.5 ms", 5e-4), (".002s", 2e-3), ("1s", 1)]
)
def test_times(text, expected):
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["3", "ms", "-3ms", "3 min", "0ms", "3e-3s", "1ms2", ""])
def test_what_is_no_time(text):
    with pytest.raises(InputError, match="expected a time with its unit, such as 3ms or 800us"):
        seconds(text)


def test_the_command_line_above_a_file_above_the_defaults(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("paths: 6\nalpha: 0.3\nrecipe:\n  steps: 7\n  width: 128\n")
    made = read_settings(file, {"paths": 2, "latency": 1e-3}, {"steps": 9})
    assert (made.paths, made.alpha, made.latency, made.draws) == (2, 0.3, 1e-3, 64)
    assert (made.recipe.steps, made.recipe.width, made.recipe.crf_steps) == (9, 128, 0)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("path: 3", "unknown setting 'path'; did you mean 'paths'"),
        ("recipe: {step: 3}", "unknown setting 'step'; did you mean 'steps'"),
        ("recipe: 3", "expected 'name: value' lines under recipe"),
        ("paths: 1", "paths 1: must be 2 or more"),
        ("method: evolution", "method evolution: must be dnas or random"),
    ],
)
def test_settings_that_are_refused(tmp_path, text, wrong):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=wrong):
        read_settings(file, {"latency": 1e-3}, {})
