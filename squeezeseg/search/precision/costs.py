"""Bytes of a file by the widths of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from squeezeseg.coding import CODECS
from squeezeseg.compression.bit_widths import rounded, uniform_bits
from squeezeseg.weights import Model
from squeezeseg.weights.container import encode_container
from squeezeseg.weights.stored_tensor import Uniform


def weight_bytes(model: Model, widths: Sequence[int], codec: str) -> tuple[NDArray[np.float64], int]:
    """Bytes (L, K) of each layer's codes at each width, as the codec writes them, and bytes of all else in the file.

    The layers are in the order of `coded_names`. Codes are of weights as they are: training moves them a little.
    """
    costs, beside = [], 0
    for bits in widths:
        container = rounded(model, uniform_bits(model, bits), codec)
        coded = [one for one in container.tensors.values() if isinstance(one, Uniform)]
        costs.append([len(CODECS[codec].encode(one.codes)) for one in coded])
        beside = max(beside, len(encode_container(container)) - sum(costs[-1]))
    return np.array(costs, np.float64).T, beside


def activation_bytes(numbers: Mapping[str, int], widths: Sequence[int]) -> NDArray[np.float64]:
    """Bytes (L, K) of what layers read at each width. numbers: activations by layer."""
    return np.array([[count * bits / 8 for bits in widths] for count in numbers.values()])
