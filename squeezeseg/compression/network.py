"""A trained network in a container of so many bytes, without training it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.coding import CODECS
from squeezeseg.compression.allocation import Choice, allocate
from squeezeseg.compression.sensitivity import Sensitivity
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container, encode_container
from squeezeseg.weights.stored_tensor import Floats, StoredTensor

T = TypeVar("T")
Candidates = Callable[[NDArray[np.float32]], Iterable[StoredTensor]]
Choices = dict[str, list[Choice[StoredTensor]]]
Ways = Mapping[str, Iterable["Way[T]"]]
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


@dataclass(frozen=True, eq=False)
class Way(Generic[T]):
    """A way to keep a layer. value: what is kept. size: what it costs, as in bytes. weights: of the layer then."""

    value: T
    size: float
    weights: NDArray[np.float32]


def coded_ways(model: Model, candidates: Candidates, codec: str = "range") -> Ways[StoredTensor]:
    """Ways to keep each of the larger layers, and what their codes cost in bytes."""

    def of(weights: NDArray[np.float32]) -> Iterator[Way[StoredTensor]]:
        for one in candidates(weights):
            size = one.values.nbytes if isinstance(one, Floats) else len(CODECS[codec].encode(one.codes))
            yield Way(one, size, one.decoded())

    return {name: of(model.tensors[name]) for name in coded_names(model)}


def examine(
    sensitivity: Sensitivity, ways: Ways[T], progress: Callable[[int, int], None] | None = None
) -> dict[str, list[Choice[T]]]:
    """What each way to keep a layer costs, and what damage it does while the others are as they were.

    ways: by the names of `Model`. progress: called with (layers done, layers in all).
    """
    choices = dict[str, list[Choice[T]]]()
    for name, some in ways.items():
        layer = name.removeprefix("network.")
        choices[name] = [Choice(one.value, one.size, sensitivity.damage({layer: one.weights})) for one in some]
        if progress is not None:
            progress(len(choices), len(ways))
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
