"""Settings in .yaml files, and in words what is wrong with settings."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from data.yaml_file import read_yaml
from projection.errors import InputError

_BOUNDS = {"ge": "{:g} or more", "gt": "over {:g}", "le": "{:g} or less", "lt": "under {:g}"}
_OUT_OF_BOUNDS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_KINDS = {"bool": "must be true or false", "int": "must be a whole number", "float": "must be a number"}
_LONGEST = 60
"""Characters of a wrong value that are repeated."""


def read_settings(path: Path) -> dict[str, Any]:
    """The content of a file of 'name: value' lines. Raises InputError if it is none."""
    content = read_yaml(path) or {}
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected settings as 'name: value' lines")
    return {str(name): value for name, value in content.items()}


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like `name`."""
    return difflib.get_close_matches(name.lower(), list(known), 1, 0.0)[0]


def explain(error: ValidationError, model: type[BaseModel], spell: Callable[[str], str] = str) -> str:
    """The first fault of settings, in a line; for an unknown name the nearest one.

    model: the settings' class. spell: a setting's name as it was written, such as an option's.
    """
    # An unknown name comes first: it explains a missing one that it was meant to be.
    first = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"unknown setting {name!r}; did you mean {nearest(name, model.model_fields)!r}?"
    return f"{spell(name)} {_short(first['input'])}: {_reason(dict(first), model)}"


def _reason(fault: dict[str, Any], model: type[BaseModel]) -> str:
    kind = str(fault["type"])
    if kind in _OUT_OF_BOUNDS and len(fault["loc"]) == 1:
        return _bounds(model, str(fault["loc"][0]))
    if kind == "literal_error":
        return f"must be {fault['ctx']['expected']}".replace("'", "")
    if (known := _KINDS.get(kind.partition("_")[0])) is not None:
        return known
    return str(fault["msg"]).replace("Input should be", "must be")


def _bounds(model: type[BaseModel], name: str) -> str:
    """'must be 0 to 1', 'must be 1 or more'."""
    limits = {
        bound: getattr(part, bound)
        for part in model.model_fields[name].metadata
        for bound in _BOUNDS
        if getattr(part, bound, None) is not None
    }
    if limits.keys() == {"ge", "le"}:
        return f"must be {limits['ge']:g} to {limits['le']:g}"
    return "must be " + " and ".join(_BOUNDS[bound].format(limit) for bound, limit in limits.items())


def _short(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
