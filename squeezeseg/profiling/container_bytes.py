"""Bytes of a network's container by layer: those of its file, or an estimate where it has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from squeezeseg.weights import Model
from squeezeseg.weights.container import Container, encode_container, is_container, read_bytes
from squeezeseg.weights.layout import split
from squeezeseg.weights.stored_tensor import SCALE_LIMITS, SCALE_UNIT, Floats, StoredTensor, Uniform

ESTIMATED_STEP = 0.5
"""Of a layer's standard deviation, about what `squeezeseg compress` comes to at 2.5 bits a weight."""
_NETWORK = "network."
_LEAST_SIZE = 128


@dataclass(frozen=True)
class ContainerBytes:
    """Bytes of a container.

    total: of the file. layers: by the path of a layer's module. estimated: True where there is no such file, and each
    layer was put in steps of `ESTIMATED_STEP`.
    """

    total: int
    layers: Mapping[str, int]
    estimated: bool

    @property
    def rest(self) -> int:
        """What is in no layer: header, card, CRF, object classifier, checksum."""
        return self.total - sum(self.layers.values())


def container_bytes(model: Model) -> ContainerBytes:
    """The bytes of a model's file if that is a container, else an estimate of what one would have."""
    found = model.path is not None and is_container(model.path)
    data = read_bytes(model.path) if found and model.path is not None else encode_container(_estimate(model))
    layers = dict[str, int]()
    for entry in split(data).header.tensors:
        if entry.name.startswith(_NETWORK):
            layer = entry.name.removeprefix(_NETWORK).rpartition(".")[0]
            layers[layer] = layers.get(layer, 0) + sum(entry.sizes)
    return ContainerBytes(len(data), layers, not found)


def _estimate(model: Model) -> Container:
    """A container whose larger layers are all in steps of the same share of their standard deviation."""
    tensors = dict[str, StoredTensor]()
    for name, value in model.tensors.items():
        if name.startswith(_NETWORK) and value.ndim > 1 and value.size >= _LEAST_SIZE and value.any():
            step = max(ESTIMATED_STEP * float(value.std()), float(np.abs(value).max()) / 255, SCALE_LIMITS[0])
            codes = np.clip(np.rint(value / step), -255, 255).astype(np.int16)
            tensors[name] = Uniform(codes, np.array([step / SCALE_UNIT], np.float16))
        else:
            tensors[name] = Floats(value)
    return Container(model.card, tensors)
