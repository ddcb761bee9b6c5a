"""A trained network in a container of so many bytes, without training it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.coding import CODECS
from squeezeseg.compression.allocation import Choice, allocate
from squeezeseg.compression.sensitivity import Sensitivity
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container, encode_container
from squeezeseg.weights.stored_tensor import Floats, StoredTensor

Candidates = Callable[[NDArray[np.float32]], Iterable[StoredTensor]]
Choices = dict[str, list[Choice[StoredTensor]]]
_LEAST_SIZE = 128
"""Weights of a tensor that is coded. Those of smaller ones, and biases, stay float16."""
_TRIES = 4


def coded_names(model: Model) -> list[str]:
    """Names of the tensors that become codes: the weights of the network's larger layers."""
    return [
        name
        for name, value in model.tensors.items()
        if name.startswith("network.") and value.ndim > 1 and value.size >= _LEAST_SIZE
    ]


def examine(
    model: Model,
    sensitivity: Sensitivity,
    candidates: Candidates,
    codec: str = "range",
    progress: Callable[[int, int], None] | None = None,
) -> Choices:
    """What each way to keep a layer costs in bytes, and what damage it does while the others are as they were.

    progress: called with (layers done, layers in all).
    """
    names, choices = coded_names(model), Choices()
    for done, name in enumerate(names):
        choices[name] = [
            Choice[StoredTensor](
                one,
                len(CODECS[codec].encode(one.codes)) if not isinstance(one, Floats) else one.values.nbytes,
                sensitivity.damage({name.removeprefix("network."): one.decoded()}),
            )
            for one in candidates(model.tensors[name])
        ]
        if progress is not None:
            progress(done + 1, len(names))
    return choices


def packed(model: Model, coded: Mapping[str, StoredTensor], codec: str = "range") -> Container:
    """A model with some tensors as codes, the others in float16."""
    return Container(
        model.card, {name: coded.get(name, Floats(value)) for name, value in model.tensors.items()}, codec=codec
    )


def fit(model: Model, choices: Choices, budget: int, codec: str = "range") -> Container:
    """The container with the least damage whose file has at most `budget` bytes.

    Raises:
        InputError: none is so small.
    """
    beside = 0
    for _ in range(_TRIES):
        chosen = allocate(choices, budget - beside)
        container = packed(model, {name: one.value for name, one in chosen.items()}, codec)
        size = len(encode_container(container))
        if size <= budget and beside:
            return container
        beside = size - round(sum(one.size for one in chosen.values())) + 64 * (beside > 0)
    raise InputError(f"{budget:,} bytes: no container of {model.card.model} came out as small; allow more")
