"""A head for boxes added to weights that are finished: nothing of the network that labels is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.networks.box_cells import ROWS
from squeezeseg.weights.card import ModelCard
from squeezeseg.weights.container import Container
from squeezeseg.weights.model import Model
from squeezeseg.weights.operations import Bytes, Operation, Operations
from squeezeseg.weights.stored_tensor import Floats

PART = "network.boxes"
OUTPUT = "boxes"
_CLASSIFIER = "network.head.classifier.weight"
LAYERS = ("look", "merge", "tell")
"""Of `heads.boxes.BoxHead`, one after the other, ReLU between them."""


def with_head(model: Model, tensors: Mapping[str, NDArray[np.float32]], ranges: Mapping[str, float]) -> Model:
    """A model with a head for boxes, in the place of one that it has.

    tensors: of the head, by torch's names, 'look.weight' and so on. ranges: by layer, the largest value behind its
    ReLU, for int8.

    Raises:
        InputError: the network can't have such a head, or the operations of its container aren't those of one.
    """
    try:
        architecture = replace(model.card.architecture, boxes=len(tensors["look.bias"]))
    except ValueError as error:
        raise InputError(f"{model.card.file or model.card.model}: {error}; give weights of fast") from None
    card = replace(model.card, architecture=architecture, file="", checksum="")
    named = {f"{PART}.{name}": np.asarray(value, np.float16).astype(np.float32) for name, value in tensors.items()}
    kept = {name: value for name, value in model.tensors.items() if not name.startswith(f"{PART}.")}
    made = Model(card, {**kept, **named})
    if model.container is None:
        return made
    return replace(made, container=_container(model.container, card, named, ranges))


def _container(
    container: Container, card: ModelCard, tensors: Mapping[str, NDArray[np.float32]], ranges: Mapping[str, float]
) -> Container:
    kept = {name: tensor for name, tensor in container.tensors.items() if not name.startswith(f"{PART}.")}
    operations = None if container.operations is None else _operations(container.operations, ranges, card)
    added = {name: Floats(value) for name, value in tensors.items()}
    return replace(container, card=card, tensors={**kept, **added}, operations=operations)


def _operations(operations: Operations, ranges: Mapping[str, float], card: ModelCard) -> Operations:
    own = [one for one in operations.operations if not any(name.startswith(OUTPUT) for name in one.gives)]
    merged = [one.takes[0] for one in own if _CLASSIFIER in one.takes]
    if len(merged) != 1:
        raise InputError(f"{card.model}: its container has no operation of {_CLASSIFIER}; make it again by 'compress'")
    value, added = merged[0], list[Operation]()
    for layer in LAYERS:
        size = 3 if layer == "look" else 1
        gives = OUTPUT if layer == LAYERS[-1] else f"{OUTPUT}.{layer}"
        added.append(
            Operation(
                kind="Conv",
                takes=[value, f"{PART}.{layer}.weight", f"{PART}.{layer}.bias"],
                gives=[gives],
                given={
                    "group": 1,
                    "pads": [size // 2] * 4,
                    "auto_pad": "NOTSET",
                    "strides": [ROWS if layer == "look" else 1, 1],
                    "dilations": [1, 1],
                    "kernel_shape": [size, size],
                },
            )
        )
        if gives != OUTPUT:
            value = f"{gives}.relu"
            added.append(Operation(kind="Relu", takes=[gives], gives=[value]))
    int8 = operations.int8
    if int8 is not None:
        values = {name: ends for name, ends in int8.values.items() if not name.startswith(OUTPUT)}
        values |= {f"{OUTPUT}.{layer}.relu": [0.0, float(ranges[layer])] for layer in LAYERS[:-1]}
        weights = [name for name in int8.weights if not name.startswith(PART)]
        int8 = Bytes(values=values, weights=[*weights, *(f"{PART}.{layer}.weight" for layer in LAYERS)])
    gives_all = [name for name in operations.gives if name != OUTPUT]
    update = {"operations": [*own, *added], "gives": [*gives_all, OUTPUT], "int8": int8}
    return operations.model_copy(update=update)
