"""Updates: fine-tuned weights in the codes of a file that is there already, so that the patch of it is small.

A weight that was trained a little further has, most often, its old code or one beside it. A code that stays costs next
to nothing in a patch, one that changes some bits, so a code changes only where that saves enough (rate-distortion).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.coding.range_coder import MOST
from squeezeseg.compression.kmeans import nearest
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container
from squeezeseg.weights.stored_tensor import Floats, Shared, StoredTensor, Uniform

_PREFIX = "network."


def updated(old: StoredTensor, weights: NDArray[np.float32], price: float) -> StoredTensor:
    """Weights in the steps, or shared values, of an old tensor.

    price: squared error in steps that a code must save to change; 0 takes the nearest code.
    """
    match old:
        case Floats():
            return Floats(weights, old.half)
        case Uniform():
            moved = weights / old.steps - old.codes
            change = np.rint(moved)
            codes = np.where(_saved(moved, moved - change) > price, old.codes + change, old.codes)
            return Uniform(np.clip(codes, -MOST, MOST).astype(np.int16), old.scales, old.axis)
        case Shared():
            values = np.concatenate([old.negative[::-1], np.zeros(1, np.float16), old.positive]).astype(np.float32)
            step = np.ptp(values) / max(len(values) - 1, 1) or 1.0
            found = nearest(weights, values)
            saved = _saved((weights - old.decoded()) / step, (weights - values[found]) / step)
            codes = np.where(saved > price, found - len(old.negative), old.codes)
            return Shared(codes.astype(np.int16), old.negative, old.positive)


def near(model: Model, base: Container, price: float = 0.0, codec: str = "range") -> Container:
    """A model in the codes of a container that is there, see `updated`; what it has beside them is as exact as there.

    Raises:
        InputError: the base is of another network, or has no codes.
    """
    _check(model, base)
    old = {name: base.tensors.get(name, Floats(value)) for name, value in model.tensors.items()}
    return Container(
        model.card, {name: updated(one, model.tensors[name], price) for name, one in old.items()}, codec=codec
    )


def to_train(start: Container, base: Container) -> Container:
    """What `retrain` starts from, for codes that change where it pays: the old codes, and all else of the start."""
    old = {name: one for name, one in base.tensors.items() if not isinstance(one, Floats)}
    return replace(start, tensors={**start.tensors, **old})


def _check(model: Model, base: Container) -> None:
    name = base.card.file or "the base"
    new = {key: value.shape for key, value in model.tensors.items() if key.startswith(_PREFIX)}
    if new != {key: one.shape for key, one in base.tensors.items() if key.startswith(_PREFIX)}:
        raise InputError(f"{name}: of another network than these weights; give the file that they were fine-tuned from")
    if all(isinstance(one, Floats) for one in base.tensors.values()):
        raise InputError(f"{name}: has no codes, so a patch of it sends all; compress it first, and fine-tune that")


def _saved(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared error that is saved by a change of distances."""
    return np.asarray(np.square(before) - np.square(after))
