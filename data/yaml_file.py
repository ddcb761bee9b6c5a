"""YAML within bounds of size, depth and memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from data.text_file import read_text
from projection.errors import InputError

MAX_BYTES = 1 << 20
MAX_DEPTH = 20
"""Of mappings and lists in each other."""


def read_yaml(path: Path) -> Any:
    """The content of a file, None for an empty one. Raises InputError if it can't be read or is no YAML."""
    try:
        return parse_yaml(read_text(path, most=MAX_BYTES))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except ValueError as error:
        raise InputError(f"{path}: no YAML ({error}); mend it") from None


def parse_yaml(text: str) -> Any:
    """The content of YAML without aliases, which can stand for any amount of memory, and not deeper than `MAX_DEPTH`.

    Raises:
        ValueError: it is no such YAML, for a reason in one line.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        raise ValueError(" ".join(str(error).split())) from None


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader within bounds."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """A node and those in it."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias (*name), which settings don't need")
        if self.depth >= MAX_DEPTH:
            raise yaml.YAMLError(f"nested deeper than {MAX_DEPTH}")
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1
