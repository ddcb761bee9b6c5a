"""The card of trained weights: all that must be known to use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from dataclasses import fields as dataclass_fields
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter

from crf import CRFSettings
from data.json_file import parse_json
from data.labels import CLASSES
from projection import PRESETS, InputError, Sensor
from squeezeseg.networks import Architecture, Normalisation, SearchRecord
from squeezeseg.weights.legacy import upgraded_card

HDL64 = PRESETS["hdl64"]
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.01, 100.0
MAX_CLASSES = 254
FORMAT = 2
"""Of the cards that are written. Cards of format 1 name their architecture and sensor; they are still read."""


@dataclass(frozen=True, repr=False)
class ModelCard:
    """The card of a file of weights, written into its header.

    architecture: the network. classes: names by id. sensor: whose range images it was trained on.
    normalisation: of the network's input.
    crf: settings of the CRF trained with it, or None. temperature: its logits are divided by, see `decide`.
    command: made it. scores: by the name of a data set, see `with_scores`; no label depends on them.
    found: the search that found its network, None where none did.
    file: it was read from. checksum: SHA-256 of all that labels depend on, see `Model.checksum`.
    """

    architecture: Architecture
    classes: tuple[str, ...] = CLASSES
    sensor: Sensor = HDL64
    normalisation: Normalisation = field(default_factory=Normalisation)
    crf: CRFSettings | None = None
    temperature: float = 1.0
    command: str = ""
    scores: Mapping[str, Any] = field(default_factory=dict)
    found: SearchRecord | None = None
    file: str = ""
    checksum: str = ""

    def __post_init__(self) -> None:
        if not MIN_TEMPERATURE <= self.temperature <= MAX_TEMPERATURE:  # False for NaN
            raise InputError(
                f"card: the temperature must be {MIN_TEMPERATURE} to {MAX_TEMPERATURE:g}, got {self.temperature}"
            )
        if self.normalisation.encoding != self.architecture.encoding:
            raise InputError(
                f"card: a network of the {self.architecture.encoding} encoding with a normalisation of the "
                f"{self.normalisation.encoding} one"
            )
        if not 2 <= len(self.classes) <= MAX_CLASSES or len(set(self.classes)) < len(self.classes):
            raise InputError(f"card: expected 2 to {MAX_CLASSES} classes with names of their own")

    @property
    def model(self) -> str:
        """The architecture's name."""
        return self.architecture.name

    def __repr__(self) -> str:
        crf = "without CRF" if self.crf is None else "with CRF"
        return f"ModelCard({self.model!r}, {', '.join(self.classes)}; sensor {self.sensor.name}, {crf})"

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without the file that it was read from."""
        parts = {"architecture": self.architecture.as_dict(), "normalisation": self.normalisation.as_dict()}
        fields = asdict(self) | parts
        del fields["file"], fields["checksum"]
        if self.found is None:  # as in cards from before there was search
            del fields["found"]
        return fields

    def decisive(self) -> dict[str, Any]:
        """The part of `as_dict` that labels depend on."""
        fields = self.as_dict()
        del fields["command"], fields["scores"]
        fields.pop("found", None)
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], file: str = "", checksum: str = "") -> ModelCard:
        """The card of `as_dict`, of this format or an earlier one.

        Raises:
            ValueError: it is none, or lets a network take memory or time without bound; in a line.
        """
        if not isinstance(fields, Mapping):
            raise ValueError("no card")
        try:
            fields = upgraded_card(fields)
        except (KeyError, TypeError):
            raise ValueError("a card without model or sensor") from None
        if missing := [name for name in _STORED if name not in fields and name not in _OPTIONAL]:
            raise ValueError(f"a card without {missing[0]}")
        if unknown := [name for name in fields if name not in _STORED]:
            raise ValueError(f"a card with an unknown entry {unknown[0]!r}")
        return replace(parse_json(json.dumps({"card": fields}), _stored()).card, file=file, checksum=checksum)


_STORED = tuple(one.name for one in dataclass_fields(ModelCard) if one.name not in ("file", "checksum"))
"""The entries of a card in a file."""
_OPTIONAL = ("found",)
"""Those that it may lack."""


class _Stored(BaseModel):
    """A card in JSON; what its parts must be is said where they are made."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    card: ModelCard


@cache
def _stored() -> TypeAdapter[_Stored]:
    return TypeAdapter(_Stored)
