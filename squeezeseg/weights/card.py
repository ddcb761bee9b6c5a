"""The card of trained weights: all that must be known to use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from crf import CRFSettings
from data.labels import CLASSES
from projection import PRESETS, Sensor
from squeezeseg.networks import Architecture, Normalisation
from squeezeseg.weights.legacy import upgraded_card

HDL64 = PRESETS["hdl64"]
FORMAT = 2
"""Of the cards that are written. Cards of format 1 name their architecture and sensor; they are still read."""


@dataclass(frozen=True, repr=False)
class ModelCard:
    """The card of a file of weights, written into its header.

    architecture: the network. classes: names by id. sensor: whose range images it was trained on.
    normalisation: of the network's input.
    crf: settings of the CRF trained with it, or None. temperature: its logits are divided by, see `decide`.
    command: made it. scores: by the name of a data set, see `with_scores`; no label depends on them.
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
    file: str = ""
    checksum: str = ""

    @property
    def model(self) -> str:
        """The architecture's name."""
        return self.architecture.name

    def __repr__(self) -> str:
        crf = "without CRF" if self.crf is None else "with CRF"
        return f"ModelCard({self.model!r}, {', '.join(self.classes)}; sensor {self.sensor.name}, {crf})"

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without the file that it was read from."""
        fields = asdict(self)
        del fields["file"], fields["checksum"]
        return fields

    def decisive(self) -> dict[str, Any]:
        """The part of `as_dict` that labels depend on."""
        fields = self.as_dict()
        del fields["command"], fields["scores"]
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any], file: str = "", checksum: str = "") -> ModelCard:
        """The card of `as_dict`, of this format or an earlier one.

        Raises:
            KeyError, TypeError, ValueError or AttributeError: it is none.
        """
        fields = dict(upgraded_card(fields))
        fields["architecture"] = Architecture.from_dict(fields["architecture"])
        fields["classes"] = tuple(fields["classes"])
        fields["sensor"] = Sensor.from_dict(fields["sensor"])
        fields["normalisation"] = Normalisation(**{k: tuple(v) for k, v in fields["normalisation"].items()})
        if fields["crf"] is not None:
            fields["crf"] = CRFSettings(**fields["crf"])
        return cls(**fields, file=file, checksum=checksum)
