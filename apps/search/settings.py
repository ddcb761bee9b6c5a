"""The settings of a search: defaults < file < command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from data.settings_file import explain
from data.settings_file import read_settings as read_file
from projection import InputError
from squeezeseg.search.precision.settings import RECIPE as PRECISION_RECIPE
from squeezeseg.search.precision.settings import PrecisionSettings
from squeezeseg.search.run.settings import RECIPE, SearchSettings
from squeezeseg.search.schedule import SearchSchedule
from squeezeseg.training.settings import TrainSettings

S = TypeVar("S", bound=SearchSchedule)


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
    return _checked(SearchSettings, content | given, {**RECIPE, **own, **recipe}, path)


def precision_settings(given: dict[str, Any], recipe: dict[str, Any]) -> PrecisionSettings:
    """The settings of a search for bits. given, recipe: of the command line, by name.

    Raises:
        InputError: a value out of its range.
    """
    return _checked(PrecisionSettings, given, {**PRECISION_RECIPE, **recipe}, None)


def _checked(kind: type[S], content: dict[str, Any], recipe: dict[str, Any], path: Path | None) -> S:
    """Settings of a search, of all that was given by name. Raises InputError, which names the file if there is one."""
    checking: type[TrainSettings] | type[S] = TrainSettings
    try:
        trained = TrainSettings.model_validate(recipe)
        checking = kind
        return kind.model_validate({**content, "recipe": trained})
    except ValidationError as error:
        raise InputError(f"{path or 'settings'}: {explain(error, checking)}") from None
