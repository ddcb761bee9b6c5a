"""The settings of inference: one object that commands, the Python interface and run.json share."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, Literal, Self, TypedDict

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from projection import InputError, View

EngineName = Literal["auto", "openvino", "onnxruntime", "torch"]
Precision = Literal["auto", "float32", "bfloat16", "int8"]

ENVIRONMENT = "SQUEEZESEG_"
"""Prefix of the environment variables that set a setting: SQUEEZESEG_MODEL=fast."""


class InferenceSettings(BaseSettings):
    """All that the labels of a scan depend on, besides the scan.

    Defaults < a settings file < `SQUEEZESEG_...` in the environment < what is given here.

    Raises:
        InputError: by `given` and `from_file`, where a value is out of its range or a name is unknown; the nearest is
            named.

    Example:
        >>> InferenceSettings.given(model="fast", view="front").view
        'front'
    """

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT, extra="forbid", frozen=True, protected_namespaces=())

    model: str = Field("squeezeseg", description="embedded weights by name, or a file of weights")
    view: View = Field("full", description="the whole turn of a sensor that sees all around, or the 90 degrees ahead")
    sensor: str | None = Field(None, description="a preset's name or a .yaml file; None: what the source implies")
    height: float | None = Field(None, gt=0, lt=100, description="metres of the sensor above the ground")
    engine: EngineName = "auto"
    precision: Precision = "auto"
    lanes: int | None = Field(None, ge=1, description="scans at once; None: what suits the command")
    crf: bool = Field(True, description="whether the CRF refines the labels of pixels")
    objects: bool = Field(True, description="whether pixels are grouped to objects of one class each")
    neighbours: int = Field(5, ge=0, description="K of the vote for points hidden behind another surface")
    unknown_below: float = Field(0.0, ge=0, le=1, description="confidence below which a point has no label")

    @classmethod
    def given(cls, **values: Any) -> Self:
        """Settings of these names; those that are not given or None are the environment's, else the defaults."""
        try:
            return cls(**{name: value for name, value in values.items() if value is not None})
        except ValidationError as error:
            raise InputError(explain(error, cls.model_fields)) from None

    @classmethod
    def from_file(cls, path: Path, **values: Any) -> Self:
        """Settings of a .yaml file, below those of the environment and those that are given here."""
        import os

        content = read_yaml(path)
        try:
            cls(**content)  # a file is wrong even where the environment or the command line overrules it
        except ValidationError as error:
            raise InputError(f"{path}: {explain(error, cls.model_fields)}") from None
        named = {name: value for name, value in values.items() if value is not None}
        ruled = {name for name in cls.model_fields if f"{ENVIRONMENT}{name.upper()}" in os.environ}
        return cls.given(**{name: value for name, value in content.items() if name not in ruled} | named)

    def changed(self, **values: Any) -> Self:
        """The same settings but for these."""
        return type(self).given(**self.model_dump() | values)


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


def read_yaml(path: Path) -> dict[str, Any]:
    """A file of settings as 'name: value' lines. Raises InputError if it is none."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    except (ValueError, yaml.YAMLError) as error:
        raise InputError(f"{path}: no YAML ({' '.join(str(error).split())}); mend it") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected settings as 'name: value' lines")
    return content


def explain(error: ValidationError, known: Any) -> str:
    """The first thing that is wrong with settings, in a line; for an unknown name the nearest of the `known` ones."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        nearest = difflib.get_close_matches(name, list(known), 1, 0.0)[0]
        return f"unknown setting {name!r}; did you mean {nearest!r}?"
    return f"{name}: {first['msg'][:1].lower()}{first['msg'][1:]}, got {first['input']!r}"
