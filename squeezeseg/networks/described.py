"""Architectures in files: JSON, as `Architecture.as_dict` gives it, and how a search found them, where one did."""

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
from squeezeseg.networks.search_record import SearchRecord

SUFFIX = ".json"
_FOUND = "found"
_ARCHITECTURE, _ENTRIES = TypeAdapter(Architecture), TypeAdapter(dict[str, Any])
_SEARCH = TypeAdapter(dict[str, SearchRecord])


def read_architecture(path: Path) -> Architecture:
    """The architecture in a file. Raises InputError where there is none."""
    return read_described(path)[0]


def read_described(path: Path) -> tuple[Architecture, SearchRecord | None]:
    """The architecture in a file, and the search that found it, where one did. Raises InputError without one."""
    try:
        entries = read_json(path, _ENTRIES)
        found = {_FOUND: entries.pop(_FOUND)} if _FOUND in entries else {}
        if unknown := entries.keys() - {field.name for field in fields(Architecture)}:
            raise ValueError(f"unknown entry {min(unknown)[:40]}")
        architecture = parse_json(json.dumps(entries), _ARCHITECTURE)
        return architecture, parse_json(json.dumps(found), _SEARCH).get(_FOUND)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); give another file") from None
    except ValueError as error:
        raise InputError(f"{path}: no description of a network ({error}); 'squeezeseg search' writes some") from None


def write_architecture(path: Path, architecture: Architecture, found: SearchRecord | None = None) -> None:
    """Write an architecture to a file, and the search that found it. Raises InputError where that can't be."""
    entries = architecture.as_dict() | ({} if found is None else {_FOUND: found.as_dict()})
    with atomic_write(path) as file:
        file.write((json.dumps(entries, indent=2) + "\n").encode())
