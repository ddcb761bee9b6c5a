"""The settings of inference: one object that commands, the Python interface and run.json share."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self, TypedDict

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.settings_file import explain, nearest, read_settings
from projection import InputError, View
from squeezeseg.engines import EngineName, Precision
from squeezeseg.networks import AUTO

ENVIRONMENT = "SQUEEZESEG_"
"""Prefix of the environment variables that set a setting: SQUEEZESEG_MODEL=fast."""
NO_SETTINGS = ("SQUEEZESEG_REAL", "SQUEEZESEG_TIMING")
"""Variables of that prefix that set none: where the tests find real scans, and `fastest.SWITCH`."""

_log = logging.getLogger(__name__)


class InferenceSettings(BaseSettings):
    """All that the labels of a scan depend on, besides the scan; and how many are labelled at once.

    Defaults < a settings file < `SQUEEZESEG_...` in the environment < the values that are given. `model_fields_set`
    names those that are not defaults.

    Raises:
        InputError: by `given`, `resolve` and `changed`, where a value is out of its range or a name is unknown; the
            nearest is named.

    Example:
        >>> InferenceSettings.given(model="fast", view="front").view
        'front'
    """

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    model: str = Field(
        default=AUTO, description="embedded weights by name, a file of weights, or auto: see `network_choice`"
    )
    view: View = Field(
        default="full", description="the whole turn of a sensor that sees all around, or the 90 degrees ahead"
    )
    sensor: str | None = Field(
        default=None, description="a preset's name or a .yaml file; None: what the source implies"
    )
    height: float | None = Field(default=None, gt=0, lt=100, description="metres of the sensor above the ground")
    engine: EngineName = "auto"
    precision: Precision = "auto"
    lanes: int | None = Field(default=None, ge=1, description="scans at once; None: what suits the command")
    crf: bool = Field(default=True, description="whether the CRF refines the labels of pixels")
    objects: bool = Field(default=True, description="whether pixels are grouped to objects of one class each")
    neighbours: int = Field(default=5, ge=0, description="K of the vote for points hidden behind another surface")
    unknown_below: float = Field(default=0.0, ge=0, le=1, description="confidence below which a point has no label")

    @classmethod
    def given(cls, **values: Any) -> Self:
        """Settings of these names; those that are not given or None are the environment's, else the defaults."""
        return cls.resolve(values)

    @classmethod
    def resolve(cls, given: Mapping[str, Any], file: Path | None = None, *, spell: Callable[[str], str] = str) -> Self:
        """Settings from all their origins.

        given: values by name, None where none is given; above the environment. file: .yaml, below the environment.
        spell: a given setting's name as a person wrote it, for errors.
        """
        environment = cls._environment()
        content = {}
        if file is not None:
            content = read_settings(file)
            cls._checked(content, where=f"{file}: ")  # wrong even where something above overrules it
        known = {name: value for name, value in given.items() if value is not None}
        return cls._checked(content | environment | known, spell)

    def changed(self, **values: Any) -> Self:
        """The same settings but for these, whatever the environment says."""
        return self._checked(self.model_dump() | values)

    def with_model(self, model: str) -> Self:
        """The same settings with another model; those that aren't given stay so."""
        return self.model_copy(update={"model": model})

    @classmethod
    def _environment(cls) -> dict[str, Any]:
        """The settings that the environment has. A variable of our prefix that is none is warned of."""
        for variable in os.environ:
            name = variable.upper().removeprefix(ENVIRONMENT).lower()
            if variable.upper().startswith(ENVIRONMENT) and name not in cls.model_fields:
                _warn_of(variable.upper(), f"{ENVIRONMENT}{nearest(name, cls.model_fields).upper()}")
        found = cls._checked({}, lambda name: f"{ENVIRONMENT}{name.upper()}")
        return found.model_dump(include=found.model_fields_set)

    @classmethod
    def _checked(cls, values: Mapping[str, Any], spell: Callable[[str], str] = str, where: str = "") -> Self:
        try:
            return cls(**values)
        except ValidationError as error:
            raise InputError(where + explain(error, cls, spell)) from None


class Given(TypedDict, total=False):
    """The names of `InferenceSettings`, for functions that take some of them as keywords."""

    view: View
    height: float | None
    engine: EngineName
    precision: Precision
    lanes: int | None
    crf: bool
    objects: bool
    neighbours: int
    unknown_below: float


@cache
def _warn_of(variable: str, meant: str) -> None:
    """Once each."""
    if variable not in NO_SETTINGS:
        _log.warning("%s: no such setting in the environment; did you mean %s?", variable, meant)
