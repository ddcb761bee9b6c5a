"""Which setting wins."""

from __future__ import annotations

import pytest

from projection import InputError
from squeezeseg.training.recipe import FINE_TUNING, RECIPES, read_settings
from squeezeseg.training.settings import TrainSettings


@pytest.mark.parametrize(
    ("text", "given", "tuned", "steps"),
    [
        ("", {}, False, TrainSettings().steps),
        ("", {"model": "fast"}, False, RECIPES["fast"]["steps"]),
        ("model: fast", {}, False, RECIPES["fast"]["steps"]),
        ("", {"model": "fast"}, True, FINE_TUNING["steps"]),
        ("steps: 7", {"model": "fast"}, True, 7),
        ("steps: 7", {"steps": 9}, False, 9),
    ],
)
def test_the_more_particular_setting_wins(tmp_path, text, given, tuned, steps):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    assert read_settings(file, given, tuned=tuned).steps == steps


def test_no_file_is_needed():
    assert read_settings(None, {}, tuned=False) == TrainSettings()


@pytest.mark.parametrize(
    ("given", "message"),
    [({"steps": 0}, "steps 0: must be 1 or more"), ({"model": ["a"]}, r"model \['a'\]: must be a valid string")],
)
def test_settings_out_of_range_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        read_settings(None, given, tuned=False)


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_hold_known_settings(name):
    TrainSettings.model_validate(RECIPES[name])
