"""Metadata of graphs: the card and the tensors of CRF and objects, inside the file beside the network."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from safetensors import SafetensorError
from safetensors.numpy import load, save

from data.json_file import parse_json
from squeezeseg.weights import Model, ModelCard

_FACTS = TypeAdapter(dict[str, Any])
KEY = "squeezeseg"
"""Of the one entry in the file's metadata."""
SCOPES = "pkg.torch.onnx.name_scopes"
"""Of a node's metadata, as PyTorch's exporter leaves it: the path of modules, and the operation's name."""
_FORMAT, _FIRST_FORMAT = "squeezeseg-graph/2", "squeezeseg-graph/1"

Kind = Literal["float", "int8"]
"""float: float32 throughout, which an engine may run in bfloat16. int8: quantized."""


@dataclass(frozen=True, eq=False)
class GraphFacts:
    """The metadata of a graph.

    model: its card and its tensors but the network's; the card's checksum is that of the weights it was made of.
    kind: see `Kind`. width_multiple: the input's width must be a multiple of it.
    complete: whether it takes channels in metres to labels, CRF included, rather than normalised ones to logits.
    """

    model: Model
    kind: Kind
    width_multiple: int
    complete: bool = False

    def to_text(self) -> str:
        """JSON for the file's metadata; without the weights' scores, which may be measured after the graph is made."""
        card = self.model.card
        tensors = {name: value for name, value in self.model.tensors.items() if not name.startswith("network.")}
        return json.dumps(
            {
                "format": _FORMAT,
                "card": replace(card, scores={}).as_dict(),
                "weights": {"file": card.file, "checksum": card.checksum},
                "kind": self.kind,
                "width_multiple": self.width_multiple,
                "complete": self.complete,
                "tensors": base64.b64encode(save({name: _small(value) for name, value in tensors.items()})).decode(
                    "ascii"
                ),
            }
        )

    @classmethod
    def from_text(cls, text: str) -> GraphFacts:
        """Parse the text of `to_text`. Raises ValueError if it is something else."""
        try:
            facts = parse_json(text, _FACTS)
            if facts["format"] not in (_FORMAT, _FIRST_FORMAT) or facts["kind"] not in ("float", "int8"):
                raise ValueError(f"format {facts['format']!r}, kind {facts['kind']!r}")
            card = ModelCard.from_dict(facts["card"], facts["weights"]["file"], facts["weights"]["checksum"])
            stored = load(base64.b64decode(facts["tensors"], validate=True))
            tensors = {name: value.astype(np.float32) for name, value in stored.items()}
            multiple, complete = int(facts["width_multiple"]), bool(facts["complete"])
        except (KeyError, TypeError, ValueError, AttributeError, SafetensorError) as error:
            reason = str(error) if isinstance(error, ValueError) else "damaged"
            raise ValueError(f"not a graph of squeezeseg ({reason})") from None
        if multiple < 1 or not all(np.isfinite(value).all() for value in tensors.values()):
            raise ValueError("not a graph of squeezeseg (damaged)")
        return cls(Model(card, tensors), facts["kind"], multiple, complete)


def _small(value: NDArray[np.float32]) -> NDArray[np.float16] | NDArray[np.float32]:
    """In float16 if that loses nothing."""
    half = np.ascontiguousarray(value, np.float16)
    return half if np.array_equal(half.astype(np.float32), value) else np.ascontiguousarray(value, np.float32)
