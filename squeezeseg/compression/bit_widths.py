"""Bits of a code, by layer: the same for all, or as a search divided them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from torch import nn

from data.atomic import atomic_write
from data.json_file import read_json
from projection import InputError
from squeezeseg.compression.network import coded_names, packed
from squeezeseg.compression.quantization import quantize_channels
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container

LEAST, MOST = 2, 8
_FORMAT = "squeezeseg-precision/1"


class LayerBits(BaseModel):
    """Bits of a layer's codes. activations: of what it reads; None where that isn't rounded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: int = Field(ge=LEAST, le=MOST)
    activations: int | None = Field(None, ge=LEAST, le=MOST)


class _File(BaseModel):
    """The content of a file. found: how they were found."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    layers: dict[str, LayerBits]
    found: dict[str, Any]


_FILE = TypeAdapter(_File)


def uniform_bits(model: Model, bits: int) -> dict[str, int]:
    """As many bits for the weights of every layer. Raises InputError for less than 2 or more than 8."""
    if not LEAST <= bits <= MOST:
        raise InputError(f"--bits {bits}: give {LEAST} to {MOST}, or a file of 'squeezeseg search precision'")
    return dict.fromkeys(coded_names(model), bits)


def write_bits(path: Path, layers: Mapping[str, LayerBits], found: Mapping[str, Any]) -> None:
    """Write the bits of layers, by tensor, and how they were found. Raises InputError if the file can't be written."""
    content = {
        "format": _FORMAT,
        "found": dict(found),
        "layers": {name: one.model_dump() for name, one in layers.items()},
    }
    with atomic_write(path) as file:
        file.write(json.dumps(content, indent=1).encode())


def read_bits(path: Path, model: Model) -> dict[str, LayerBits]:
    """The bits of a model's layers in a file. Raises InputError if there is none, or it is another model's."""
    try:
        content = read_json(path, _FILE)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: no bits of layers ({reason}); 'squeezeseg search precision' writes them") from None
    if content.format != _FORMAT:
        raise InputError(f"{path}: of another format, {content.format[:40]!r}; search again with this version")
    if content.layers.keys() != set(coded_names(model)):
        raise InputError(f"{path}: of a network with other layers; search with these weights, or give the others")
    return content.layers


def rounded(model: Model, bits: Mapping[str, int], codec: str = "range") -> Container:
    """A model with the weights of each layer in codes of so many bits, a step for each of its channels.

    bits: by the names that `coded_names` has.
    """
    axes = channel_axes(model)
    return packed(model, {name: quantize_channels(model.tensors[name], bits[name], axes[name]) for name in bits}, codec)


def channel_axes(model: Model) -> dict[str, int]:
    """The axis of the output channels of each tensor that becomes codes."""
    network, axes = load_network(model), dict[str, int]()
    for name in coded_names(model):
        layer = network.get_submodule(name.removeprefix("network.").rpartition(".")[0])
        axes[name] = 1 if isinstance(layer, nn.ConvTranspose2d) else 0
    return axes
