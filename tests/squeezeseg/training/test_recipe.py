"""Which setting wins."""

from __future__ import annotations

import pytest

from projection import InputError
from squeezeseg.training.recipe import FINE_TUNING, GOING_ON, RECIPES, read_settings
from squeezeseg.training.settings import TrainSettings


@pytest.mark.parametrize(
    ("text", "given", "others", "steps"),
    [
        ("", {}, {}, TrainSettings().steps),
        ("", {"model": "fast"}, {}, RECIPES["fast"]["steps"]),
        ("model: fast", {}, {}, RECIPES["fast"]["steps"]),
        ("", {"model": "fast"}, FINE_TUNING, FINE_TUNING["steps"]),
        ("steps: 7", {"model": "fast"}, FINE_TUNING, 7),
        ("", {"model": "fast"}, GOING_ON, RECIPES["fast"]["steps"]),
        ("steps: 7", {"steps": 9}, {}, 9),
    ],
)
def test_the_more_particular_setting_wins(tmp_path, text, given, others, steps):
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    assert read_settings(file, given, others=others).steps == steps


def test_no_file_is_needed():
    assert read_settings(None, {}) == TrainSettings(**RECIPES["squeezeseg"])


@pytest.mark.parametrize(
    ("given", "message"),
    [({"steps": 0}, "steps 0: must be 1 or more"), ({"model": ["a"]}, r"model \['a'\]: must be a valid string")],
)
def test_settings_out_of_range_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        read_settings(None, given)


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_hold_known_settings(name):
    TrainSettings.model_validate(RECIPES[name])
