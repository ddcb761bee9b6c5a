"""Updates: fine-tuned weights in the codes of a file that is there already, so that the patch of it is small.

A weight that was trained a little further has, most often, its old code or one beside it. A code that stays costs next
to nothing in a patch, one that changes some bits, so a code changes only where that saves enough (rate-distortion).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.coding import CODECS
from squeezeseg.coding.range_coder import MOST
from squeezeseg.compression.kmeans import nearest
from squeezeseg.compression.network import Way, Ways
from squeezeseg.weights import Model
from squeezeseg.weights.container import Container
from squeezeseg.weights.stored_tensor import Floats, Shared, StoredTensor, Uniform

PRICES = (0.0, 0.5, 1.2, 3.0)
"""Of a code that changes: squared error that it must save, in squared steps."""
_PREFIX = "network."
_DIFFERENCES = CODECS["range"]


def updated(old: StoredTensor, weights: NDArray[np.float32], price: float) -> StoredTensor:
    """Weights in the steps, or shared values, of an old tensor.

    price: squared error in steps that a code must save to change, of `PRICES`; 0 takes the nearest code.
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


def update_ways(model: Model, base: Container) -> Ways[StoredTensor]:
    """Ways to keep each tensor of a network by the old one, from its nearest codes to as it was; bytes in a patch.

    Raises:
        InputError: the base is of another network, or has no codes.
    """
    _check(model, base)

    def of(name: str) -> Iterator[Way[StoredTensor]]:
        old, weights = base.tensors[name], model.tensors[name]
        for price in PRICES if not isinstance(old, Floats) else (0.0,):
            new = updated(old, weights, price)
            yield Way(new, _bytes_sent(old, new), new.decoded())
        yield Way(old, 0, old.decoded())

    return {name: of(name) for name in model.tensors if name.startswith(_PREFIX)}


def kept_beside(model: Model, base: Container) -> dict[str, StoredTensor]:
    """The tensors of a model that aren't its network's, as exact as the base has them."""
    return {
        name: updated(base.tensors.get(name, Floats(value)), value, 0.0)
        for name, value in model.tensors.items()
        if not name.startswith(_PREFIX)
    }


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


def _bytes_sent(old: StoredTensor, new: StoredTensor) -> int:
    """What a patch holds of a tensor."""
    if isinstance(old, Floats) or isinstance(new, Floats):
        return 0 if np.array_equal(old.decoded(), new.decoded()) else 2 * new.decoded().size
    if np.array_equal(old.codes, new.codes):
        return 0
    return len(_DIFFERENCES.encode(new.codes - old.codes))
