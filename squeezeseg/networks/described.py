"""Architectures in files: JSON, as `Architecture.as_dict` gives it."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import parse_json, read_json
from projection import InputError
from squeezeseg.networks.architecture import Architecture

SUFFIX = ".json"
_ARCHITECTURE, _ENTRIES = TypeAdapter(Architecture), TypeAdapter(dict[str, Any])


def read_architecture(path: Path) -> Architecture:
    """The architecture in a file. Raises InputError where there is none."""
    try:
        entries = read_json(path, _ENTRIES)
        if unknown := entries.keys() - {field.name for field in fields(Architecture)}:
            raise ValueError(f"unknown entry {min(unknown)[:40]}")
        return parse_json(json.dumps(entries), _ARCHITECTURE)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); give another file") from None
    except ValueError as error:
        raise InputError(f"{path}: no description of a network ({error}); 'squeezeseg search' writes some") from None


def write_architecture(path: Path, architecture: Architecture) -> None:
    """Write an architecture to a file. Raises InputError where that can't be."""
    with atomic_write(path) as file:
        file.write((json.dumps(architecture.as_dict(), indent=2) + "\n").encode())
