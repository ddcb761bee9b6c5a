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

from data.labels import CLASSES, PEOPLE
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


@dataclass(frozen=True, eq=False)
class ObjectClassifier:
    """A perceptron with one hidden layer of U units, for groups of F features and C classes.

    mean, scale: (F,) what is subtracted from the features, and what they are multiplied by then.
    hidden: weights (F, U) and bias (U,) of the hidden layer. out: weights (U, C) and bias (C,) of the classes.
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
        return cls(
            tensors["mean"],
            tensors["scale"],
            (tensors["hidden.weight"], tensors["hidden.bias"]),
            (tensors["class.weight"], tensors["class.bias"]),
        )

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features (G, F) -> probabilities (G, C)."""
        # Not with @: BLAS would wake threads of its own, which spin on the cores that the next scan needs.
        hidden = np.tanh(_affine(normalised(features, self.mean, self.scale), *self.hidden))
        return softmax(_affine(hidden, *self.out))


@njit(cache=True, nogil=True)
def _affine(x, weight, bias):  # type: ignore[no-untyped-def]
    """(G, F) float32 times (F, U) plus (U,) -> (G, U) float32."""
    out = np.empty((x.shape[0], weight.shape[1]), np.float32)
    for g in range(out.shape[0]):
        out[g] = bias
        for f in range(weight.shape[0]):
            for u in range(weight.shape[1]):
                out[g, u] += x[g, f] * weight[f, u]
    return out


def decide(chances: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Probabilities (G, C) -> class ids (G,): the likeliest, people counting as one, and of the people the likeliest.

    Pedestrian and cyclist share the chances that it is a person, so that neither may have as many as background.
    """
    people = np.array(PEOPLE)
    others = np.setdiff1d(np.arange(chances.shape[1]), people)
    person = chances[:, people].sum(axis=1)
    likeliest = people[chances[:, people].argmax(axis=1)]
    kind = np.column_stack([chances[:, others], person]).argmax(axis=1)
    return np.asarray(np.where(kind == len(others), likeliest, np.append(others, 0)[kind]), np.uint8)


def normalised(
    features: NDArray[np.float32], mean: NDArray[np.float32], scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Features (G, F) -> what the hidden layer sees of them, (G, F)."""
    return np.asarray(np.clip((features - mean) * scale, -MAX_DEVIATION, MAX_DEVIATION), np.float32)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (G, C) -> probabilities (G, C)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
