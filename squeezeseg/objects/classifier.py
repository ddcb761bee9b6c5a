"""The object classifier: calibrated probabilities of the classes for a group of pixels, fitted on simulated drives.

A majority of its pixels' labels would call a cyclist whose upper half looks like a pedestrian whatever has more pixels.
The classifier looks at the group as a whole; background is one of its classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.labels import CLASS_TABLE, CLASSES
from projection import InputError
from squeezeseg.objects.features import names

PART = "objects"
"""The classifier's tensors in a file of weights begin with this and a dot."""
TENSORS = {
    "mean": "F",
    "scale": "F",
    "hidden.weight": "FU",
    "hidden.bias": "U",
    "class.weight": "UC",
    "class.bias": "C",
}
MAX_DEVIATION = 4.0
"""Standard deviations at which features are cut off, so that no outlier decides by its size alone."""
IS_PERSON = np.array([one.person for one in CLASS_TABLE])
"""(C,) bool, by class id: whether it is a person's."""


@dataclass(frozen=True, eq=False)
class ObjectClassifier:
    """A perceptron with one hidden layer of U units, for groups of F features and C classes.

    mean, scale: (F,) what is subtracted from the features, and what they are multiplied by then.
    hidden: weights (F, U) and bias (U,) of the hidden layer. out: weights (C, U) and bias (C,) of the classes.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    hidden: tuple[NDArray[np.float32], NDArray[np.float32]]
    out: tuple[NDArray[np.float32], NDArray[np.float32]]

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, NDArray[np.float32]], classes: tuple[str, ...] = CLASSES
    ) -> ObjectClassifier:
        """The classifier of `fit_classifier`'s tensors. Raises InputError where some are missing or don't fit."""
        sizes = {"F": len(names(classes)), "C": len(classes), "U": len(tensors.get("hidden.bias", ()))}
        for name, letters in TENSORS.items():
            shape = tuple(sizes[letter] for letter in letters)
            if name not in tensors or tensors[name].shape != shape:
                raise InputError(f"the object classifier lacks {name}, or it is not {shape}")
        tensors = {name: np.array(tensors[name], np.float32) for name in TENSORS}  # numba compiles for one kind
        return cls(
            tensors["mean"],
            tensors["scale"],
            (tensors["hidden.weight"], tensors["hidden.bias"]),
            (np.ascontiguousarray(tensors["class.weight"].T), tensors["class.bias"]),
        )

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features (G, F) -> probabilities (G, C)."""
        chances = np.empty((len(features), len(self.out[1])), np.float32)
        classify(features, self.mean, self.scale, *self.hidden, *self.out, chances)
        return chances


@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")
def classify(
    features: NDArray[np.float32],
    mean: NDArray[np.float32],
    scale: NDArray[np.float32],
    hidden_weight: NDArray[np.float32],
    hidden_bias: NDArray[np.float32],
    out_weight: NDArray[np.float32],
    out_bias: NDArray[np.float32],
    chances: NDArray[np.float32],
) -> None:
    """Fill `chances` (G, C). No BLAS: its threads would spin on the cores that the next scan needs."""
    most = np.float32(MAX_DEVIATION)
    units = np.empty_like(hidden_bias)
    for g in range(len(features)):
        units[:] = hidden_bias
        for f in range(len(mean)):
            _add(min(max((features[g, f] - mean[f]) * scale[f], -most), most), hidden_weight[f], units)
        for u in range(units.size):
            units[u] = _tanh(units[u])
        logits = chances[g]
        for k in range(logits.size):
            logits[k] = out_bias[k] + _dot(units, out_weight[k])
        highest, total = logits.max(), np.float32(0)
        for k in range(logits.size):
            logits[k] = np.exp(logits[k] - highest)
            total += logits[k]
        for k in range(logits.size):
            logits[k] /= total


@njit(cache=True, nogil=True, fastmath={"contract"})
def _add(value, row, out):  # type: ignore[no-untyped-def]
    for u in range(out.size):
        out[u] += value * row[u]


# Reassociated: as vector code it has as many sums as a vector has lanes.
@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def _dot(one, other):  # type: ignore[no-untyped-def]
    total = np.float32(0)
    for u in range(one.size):
        total += one[u] * other[u]
    return total


@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy", inline="always")
def _tanh(x):  # type: ignore[no-untyped-def]
    """tanh of float32 to 4e-7 in plain arithmetic, which becomes vector code: the quotient of polynomials of Eigen's.

    Eigen, src/Core/MathFunctionsImpl.h, generic_fast_tanh_float.
    """
    limit = np.float32(7.90531110763549805)  # from there on it is 1
    x = min(max(x, -limit), limit)
    xx = x * x
    above = np.float32(-2.76076847742355e-16)
    above = above * xx + np.float32(2.00018790482477e-13)
    above = above * xx + np.float32(-8.60467152213735e-11)
    above = above * xx + np.float32(5.12229709037114e-08)
    above = above * xx + np.float32(1.48572235717979e-05)
    above = above * xx + np.float32(6.37261928875436e-04)
    above = above * xx + np.float32(4.89352455891786e-03)
    below = np.float32(1.19825839466702e-06)
    below = below * xx + np.float32(1.18534705686654e-04)
    below = below * xx + np.float32(2.26843463243900e-03)
    below = below * xx + np.float32(4.89352518554385e-03)
    return x * above / below


@njit(cache=True, nogil=True)
def decide(
    chances: NDArray[np.float32], is_person: NDArray[np.bool_], chosen: NDArray[np.uint8], chance: NDArray[np.float32]
) -> None:
    """Fill `chosen` (G,) with the class of each group of probabilities (G, C), and `chance` (G,) with its probability.

    The likeliest, people counting as one, and of the people the likeliest: pedestrian and cyclist share the chances
    that it is a person, so that neither may have as many as background.
    """
    for g in range(len(chances)):
        person, of_people, of_others = np.float32(0), -1, -1
        for k in range(chances.shape[1]):
            if is_person[k]:
                person += chances[g, k]
                if of_people < 0 or chances[g, k] > chances[g, of_people]:
                    of_people = k
            elif of_others < 0 or chances[g, k] > chances[g, of_others]:
                of_others = k
        likeliest = of_people if of_others < 0 or person > chances[g, of_others] else of_others
        chosen[g], chance[g] = likeliest, chances[g, likeliest]
