"""Metaparameters in a network's name: 'mobilenetv2@width=0.5' is MobileNetV2 at half the width."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

Value = int | float | bool
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?|\.[0-9]{1,6}")
_FIXED = ("classes",)
"""Parameters of such functions that are none: a published network has the classes of its data set."""


def known(make: Callable[..., Any]) -> dict[str, Value]:
    """The metaparameters of a function that makes a backbone, and their defaults."""
    return {name: one.default for name, one in signature(make).parameters.items() if name not in _FIXED}


def split(name: str) -> tuple[str, str]:
    """'mobilenetv2@width=0.5' -> 'mobilenetv2', 'width=0.5'; '' if there are none."""
    plain, _, text = name.partition("@")
    return plain, text


def parse(text: str, defaults: Mapping[str, Value], of: str) -> dict[str, Value]:
    """'width=0.5,bypass=1' -> {'width': 0.5, 'bypass': True}, of the types that the defaults have.

    defaults: of all that there are. of: the network's name, for messages.

    Raises:
        ValueError: it isn't written so, an unknown name, or a value of another type.
    """
    if not defaults:
        raise ValueError(f"{of} has no metaparameters")
    listed = ", ".join(f"{name}={written(value)}" for name, value in defaults.items())
    found: dict[str, Value] = {}
    for word in text.split(","):
        name, _, value = word.partition("=")
        if name not in defaults or name in found or not _NUMBER.fullmatch(value):
            raise ValueError(f"{word!r} is no metaparameter of {of}, which has {listed}")
        kind = type(defaults[name])
        if kind is not float and not value.isdecimal():
            raise ValueError(f"{of}: {name} is a whole number, not {value}")
        if kind is bool and value not in ("0", "1"):
            raise ValueError(f"{of}: {name} is 0 or 1, not {value}")
        if kind is float and not float(value):
            raise ValueError(f"{of}: {name} must be more than 0")
        found[name] = kind(float(value))
    return found


def suffix(values: Mapping[str, Value], defaults: Mapping[str, Value]) -> str:
    """The one way to write values behind a name: those that aren't the defaults, in their order; '' for none."""
    others = {name: values[name] for name, usual in defaults.items() if values.get(name, usual) != usual}
    words = [f"{name}={written(value)}" for name, value in others.items()]
    return f"@{','.join(words)}" if words else ""


def written(value: Value) -> str:
    """A value as it stands in a name: 0.5, 8, and 1 for True."""
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
