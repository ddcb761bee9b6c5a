"""Facts that took time to find, kept in the user's cache."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from data.json_file import parse_json
from projection.cache_folder import cache_folder
from squeezeseg.engines.blob_cache import BlobCache

_FACTS = TypeAdapter(dict[str, dict[str, Any]])


class KeptFacts(Mapping[str, dict[str, Any]]):
    """Facts by key; none where nothing was kept, or it is damaged.

    name: of the file that holds them.

    Example:
        >>> facts = KeptFacts("counts")
        >>> facts.keep({"squeezeseg": {"parameters": 906308}})
        >>> facts["squeezeseg"]
        {'parameters': 906308}
    """

    def __init__(self, name: str) -> None:
        self._cache, self._name = BlobCache(cache_folder("facts")), name
        self._facts = self._read()

    def __getitem__(self, key: str) -> dict[str, Any]:
        return self._facts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def keep(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep more facts, in the place of earlier ones; those that others kept meanwhile stay."""
        self._facts = self._read() | {key: dict(fact) for key, fact in facts.items()}
        self._cache.store(self._name, json.dumps(self._facts).encode())

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            return parse_json(self._cache.load(self._name) or b"{}", _FACTS)
        except ValueError:
            return {}
