"""The listing of networks, as JSON has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from projection import View
from squeezeseg.catalogue.entries import HEIGHT, WIDTH, Counts, Entry
from squeezeseg.catalogue.speed import Speed
from squeezeseg.catalogue.trained import Trained
from squeezeseg.inference.network_choice import NetworkChoice
from squeezeseg.networks import SearchRecord


@dataclass
class Listing:
    """What is listed.

    trained: files of weights. entries: networks that can be built. counts: by the key of an entry, or of a file's
    description. speeds: by the key of an entry, or by the checksum of weights. auto: what it stands for, by view.
    """

    trained: Sequence[Trained]
    entries: Sequence[Entry]
    counts: Mapping[str, Counts] = field(default_factory=dict)
    speeds: Mapping[str, Speed] = field(default_factory=dict)
    auto: Mapping[View, NetworkChoice] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON. What nobody has counted, measured or scored is null, or empty."""
        return {
            "image": {"height": HEIGHT, "width": WIDTH},
            "auto": {view: asdict(choice) for view, choice in self.auto.items()},
            "trained": [self._trained(one) for one in self.trained],
            "networks": [self._entry(one) for one in self.entries if one.form == "range image"],
            "published": [self._entry(one) for one in self.entries if one.form == "published"],
        }

    def _trained(self, one: Trained) -> dict[str, Any]:
        card = one.model.card
        counts = self.counts.get(Entry(card.model, card.architecture).key)
        return {
            "name": one.name,
            "model": card.model,
            "shipped": one.shipped,
            "file": str(one.path),
            "parameters": one.parameters,
            "bytes": {
                "file": one.file_bytes,
                "container": one.container_bytes,
                "float16": one.file_bytes,
                "int8": one.int8_bytes,
            },
            "gmac": counts and counts.macs / 1e9,
            **self._speed(card.checksum),
            "iou": one.iou,
            **_search(card.found),
        }

    def _entry(self, one: Entry) -> dict[str, Any]:
        counts = self.counts.get(one.key)
        parameters = counts and counts.parameters
        return {
            "name": one.name,
            "usual_head": one.usual,
            "image": {"height": one.height, "width": one.width},
            "parameters": parameters,
            "bytes": {"float16": parameters and 2 * parameters, "int8": parameters},
            "gmac": counts and counts.macs / 1e9,
            **self._speed(one.key),
        }

    def _speed(self, key: str) -> dict[str, Any]:
        speed = self.speeds.get(key)
        return {
            "ms": speed and round(speed.milliseconds, 3),
            "measured": speed and {"engine": speed.engine, "processor": speed.processor, "day": speed.day},
        }


def _search(found: SearchRecord | None) -> dict[str, Any]:
    return {
        "found_for": found and str(found),
        "search_core_minutes": found and found.core_minutes,
        "table": found and {"correlation": found.correlation, "error": found.error},
    }
