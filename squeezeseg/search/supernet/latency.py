"""Latencies of a space's networks: sums of a table's entries, for many networks at once or for a relaxed one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from projection import InputError
from squeezeseg.search.layer_case import LayerCase
from squeezeseg.search.space import Space


class Latencies(Protocol):
    """A table of latencies."""

    def seconds(self, case: LayerCase) -> float:
        """The time of a case. Raises InputError where the table has none."""

    def corrected(self, seconds: float) -> float:
        """The time of a network of a sum of cases' times: a line through those that were measured."""


class LatencyModel:
    """The latency of every network of a space, from a table.

    What stands in a slot depends on few decisions, so a slot is a small tensor with an axis for each of them, and the
    latency is multilinear in one-hot vectors of the choices: exact for a network, differentiable for a mixture.

    height, width: of the image that the table is of. fingerprint: tells these latencies from others.

    Raises:
        InputError: the table lacks a case of the space, or gives times that can't be those of networks.
    """

    def __init__(self, space: Space, table: Latencies, height: int, width: int) -> None:
        self._slots: list[tuple[tuple[int, ...], NDArray[np.float64]]] = []
        for slot in space.slots:
            shape = [len(space.decisions[number].options) for number in slot.decisions]
            times = [
                sum(table.seconds(case) for case in space.slot_cases(slot, choices, height, width))
                for choices in space.choices_of(slot)
            ]
            self._slots.append((slot.decisions, np.array(times).reshape(shape)))
        self._tensors = [(numbers, torch.from_numpy(times)) for numbers, times in self._slots]
        self._offset = table.corrected(0.0)
        self._scale = table.corrected(1.0) - self._offset
        numbers = np.concatenate([[self._offset, self._scale], *(times.ravel() for _, times in self._slots)])
        self.fingerprint = hashlib.sha256(numbers.tobytes()).hexdigest()
        least = self._offset + self._scale * sum(times.min() for _, times in self._slots)
        if not least > 1e-6:
            raise InputError(
                f"space {space.name}: the table's times add up to {least:.3g} s, and the search takes the logarithm of "
                "microseconds; measure the table again with 'squeezeseg search table'"
            )

    def seconds(self, choices: NDArray[np.integer]) -> NDArray[np.float64]:
        """(N, D) choices of N networks -> (N,) seconds."""
        total = sum(times[tuple(choices[:, number] for number in numbers)] for numbers, times in self._slots)
        return np.asarray(self._offset + self._scale * total)

    def relaxed(self, shares: Sequence[Tensor]) -> Tensor:
        """Seconds of a mixture. shares: for each decision the share of each of its options, adding up to 1."""
        total = torch.zeros((), dtype=torch.float64)
        for numbers, times in self._tensors:
            part = times
            for number in reversed(numbers):
                part = (part * shares[number].double()).sum(-1)
            total = total + part
        return self._offset + self._scale * total
