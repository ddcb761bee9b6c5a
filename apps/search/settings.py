"""The settings of a search: defaults < file < command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.settings_file import explain
from data.settings_file import read_settings as read_file
from projection import InputError
from squeezeseg.search.precision.settings import RECIPE as PRECISION_RECIPE
from squeezeseg.search.precision.settings import PrecisionSettings
from squeezeseg.search.run.settings import RECIPE, SearchSettings
from squeezeseg.training.loop import TrainSettings


def read_settings(path: Path | None, given: dict[str, Any], recipe: dict[str, Any]) -> SearchSettings:
    """The settings of a search.

    path: a .yaml file; its entry 'recipe' has settings of training. given, recipe: of the command line, by name.

    Raises:
        InputError: a file that is none, an unknown key (the nearest is named), a value out of its range.
    """
    content = {} if path is None else read_file(path)
    own = content.pop("recipe", None) or {}
    if not isinstance(own, dict):
        raise InputError(f"{path}: expected 'name: value' lines under recipe")
    kind: type[TrainSettings] | type[SearchSettings] = TrainSettings
    try:
        trained = TrainSettings.model_validate({**RECIPE, **own, **recipe})
        kind = SearchSettings
        return SearchSettings.model_validate({**content, **given, "recipe": trained})
    except ValidationError as error:
        raise InputError(f"{path or 'settings'}: {explain(error, kind)}") from None


def precision_settings(given: dict[str, Any], recipe: dict[str, Any]) -> PrecisionSettings:
    """The settings of a search for bits. given, recipe: of the command line, by name.

    Raises:
        InputError: a value out of its range.
    """
    kind: type[TrainSettings] | type[PrecisionSettings] = TrainSettings
    try:
        trained = TrainSettings.model_validate({**PRECISION_RECIPE, **recipe})
        kind = PrecisionSettings
        return PrecisionSettings.model_validate({**given, "recipe": trained})
    except ValidationError as error:
        raise InputError(f"settings: {explain(error, kind)}") from None
