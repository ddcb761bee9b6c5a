"""Fitting the object classifier, by gradient descent in NumPy: it takes a minute, and no network."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from data.labels import IGNORE
from projection import InputError, RangeImage
from squeezeseg.objects.candidates import find_groups
from squeezeseg.objects.classifier import MAX_DEVIATION, TENSORS
from squeezeseg.objects.features import describe
from squeezeseg.objects.ground import find_ground

Float32 = NDArray[np.float32]

BATCH = 2048
"""Groups in a step."""
NOISE = 0.1
"""Standard deviations of noise on the features, which keeps the classifier from learning the simulation by heart."""
WEIGHT_DECAY = 1e-4
LEARNING_RATE = 0.02
"""At the start; it falls to 0."""


def fit_classifier(
    frames: Iterable[tuple[RangeImage, Float32, NDArray[np.uint8]]],
    *,
    members: int = 8,
    units: int = 12,
    steps: int = 1500,
    seed: int = 0,
) -> dict[str, Float32]:
    """Fit the classifier to labelled frames, which the network was not trained on.

    Each group counts with the root of its scored pixels: a large one for more, but not for so much that only what is
    near counts. A group that holds pixels of two classes is both of them, in parts.

    Args:
        frames: range image, the network's probabilities (C, H, W) and the true labels (H, W), IGNORE where there is
            none.
        members: several perceptrons whose logits are averaged: one alone goes by its luck with what is rare.
        units: of the hidden layer of each.
        steps: of Adam, each over `BATCH` groups.
        seed: of the first weights and the noise.

    Returns:
        Tensors for `ObjectClassifier.from_tensors`; they belong into a file of weights under `PART`.

    Raises:
        InputError: no frame has a group with true labels.
    """
    described: list[Float32] = []
    counted: list[NDArray[np.int64]] = []
    for image, probabilities, truth in frames:
        classes = len(probabilities)
        ground, level = find_ground(image)
        groups, structure = find_groups(image, probabilities, ground)
        described.append(describe(image, probabilities, level, groups, structure))
        of_pixel = groups.image(*image.sensor.shape)
        scored = (of_pixel > 0) & (truth != IGNORE)
        cells = (of_pixel[scored] - 1) * classes + truth[scored]
        counted.append(np.bincount(cells, minlength=len(structure) * classes).reshape(-1, classes))
    if not counted or not (pixels := np.concatenate(counted).sum(axis=1)).any():
        raise InputError("no objects to fit the object classifier to: simulate a longer drive")
    known = pixels > 0
    features = np.concatenate(described)[known]
    truths = (np.concatenate(counted)[known] / pixels[known, None]).astype(np.float32)
    mean, scale = features.mean(axis=0), 1 / (features.std(axis=0) + np.float32(1e-3))
    seen = normalised(features, mean, scale)
    until = np.cumsum(np.sqrt(pixels[known]))
    fitted = [_fit(seen, truths, until / until[-1], units, steps, seed + member) for member in range(members)]
    w1, b1, w2, b2 = zip(*fitted, strict=True)
    # The mean of their logits is what one perceptron with the units of all of them gives.
    joined = [np.concatenate(w1, axis=1), np.concatenate(b1), np.concatenate(w2) / members, sum(b2) / members]
    return {name: np.asarray(v, np.float32) for name, v in zip(TENSORS, (mean, scale, *joined), strict=True)}


def normalised(features: Float32, mean: Float32, scale: Float32) -> Float32:
    """Features (G, F) -> what the hidden layer sees of them, (G, F)."""
    return np.asarray(np.clip((features - mean) * scale, -MAX_DEVIATION, MAX_DEVIATION), np.float32)


def softmax(logits: Float32) -> Float32:
    """Logits (G, C) -> probabilities (G, C)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _fit(
    seen: Float32, truths: Float32, until: NDArray[np.float64], units: int, steps: int, seed: int
) -> list[Float32]:
    """Weights and biases of one perceptron that minimise the cross-entropy.

    until: (G,) the groups' shares of the whole, summed up to each: they are drawn as often as their shares say.
    """
    rng = np.random.default_rng(seed)
    F, C = seen.shape[1], truths.shape[1]
    shapes = (F, units), (units,), (units, C), (C,)
    parameters = [
        rng.standard_normal(shape, np.float32) * np.float32(shape[0] ** -0.5 if len(shape) == 2 else 0)
        for shape in shapes
    ]
    first, second = ([np.zeros(shape, np.float32) for shape in shapes] for _ in range(2))
    for step in range(steps):
        w1, b1, w2, b2 = parameters
        drawn = np.searchsorted(until, rng.random(BATCH), side="right")
        x = seen[drawn] + np.float32(NOISE) * rng.standard_normal((BATCH, F), np.float32)
        hidden = np.tanh(x @ w1 + b1)
        error = (softmax(hidden @ w2 + b2) - truths[drawn]) / BATCH
        back = (error @ w2.T) * (1 - hidden * hidden)
        gradients = [
            x.T @ back + WEIGHT_DECAY * w1,
            back.sum(axis=0),
            hidden.T @ error + WEIGHT_DECAY * w2,
            error.sum(axis=0),
        ]
        rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
        for k, gradient in enumerate(gradients):  # Adam
            first[k] += 0.1 * (gradient - first[k])
            second[k] += 0.02 * (gradient * gradient - second[k])
            slope = first[k] / (1 - 0.9 ** (step + 1))
            parameters[k] -= rate * slope / (np.sqrt(second[k] / (1 - 0.98 ** (step + 1))) + 1e-8)
    return parameters
