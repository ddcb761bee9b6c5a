"""The temperature of a finished network's confidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

TEMPERATURES = 0.1, 10.0
"""Between which the temperature is looked for."""


def fit_temperature(logits: NDArray[np.float32], truth: NDArray[np.uint8]) -> float:
    """The T for which softmax(logits / T) is least surprised by the truth (Guo et al., ICML 2017, section 4.2).

    logits: (P, C). truth: (P,) class ids.

    Raises:
        ValueError: there is nothing to fit to.
    """
    if len(logits) == 0 or logits.shape[:1] != truth.shape:
        raise ValueError(f"expected logits (P, C) and truth (P,), P at least 1, got {logits.shape} and {truth.shape}")
    scores = logits.astype(np.float64)
    own = np.take_along_axis(scores, truth[:, None].astype(np.int64), axis=1)[:, 0]
    top = scores.max(axis=1)

    def surprise(log_temperature: float) -> float:
        t = np.exp(log_temperature)
        return float(np.mean(np.log(np.exp((scores - top[:, None]) / t).sum(axis=1)) + (top - own) / t))

    found = minimize_scalar(surprise, bounds=np.log(TEMPERATURES), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x))
