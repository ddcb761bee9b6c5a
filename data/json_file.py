"""JSON of others: within bounds of size and depth, and with the entries that it should have."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from data.text_file import MAX_BYTES, read_text

T = TypeVar("T")
_LONGEST = 60
"""Characters of a wrong value that are repeated."""


def read_json(path: Path, kind: TypeAdapter[T], *, most: int = MAX_BYTES) -> T:
    """The content of a file, as `kind` describes it. Raises OSError and ValueError, as those that it calls."""
    return parse_json(read_text(path, most=most), kind)


def parse_json(text: str | bytes, kind: TypeAdapter[T]) -> T:
    """JSON as `kind` describes it: no entry of another type or name, no number that is none.

    Raises:
        ValueError: it is something else; says in a line which entry is wrong, and why.

    Example:
        >>> parse_json('[1, "two"]', TypeAdapter(list[int]))
        Traceback (most recent call last):
        ValueError: 1 'two': should be a valid integer
    """
    try:
        return kind.validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    """The first fault in a line; an unknown entry before a missing one that it was meant to be."""
    faults: list[Any] = error.errors(include_url=False)
    fault = min(faults, key=lambda one: one["type"] not in ("unexpected_keyword_argument", "extra_forbidden"))
    where = " ".join(str(part) for part in fault["loc"])
    match fault["type"]:
        case "json_invalid":
            return "no JSON, or cut short"
        case "missing" | "missing_argument":
            return f"no entry {where}"
        case "unexpected_keyword_argument" | "extra_forbidden":
            return f"unknown entry {where}"
        case "value_error":
            return str(fault["msg"]).removeprefix("Value error, ")
    reason = str(fault["msg"]).removeprefix("Input ")
    return " ".join(f"{where} {_short(fault['input'])}: {reason}".split())


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
