"""The interface of engines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from projection.errors import InputError

Device = Literal["cpu", "cuda"]
Outputs = Mapping[str, NDArray[np.float32]]
"""A network's outputs by name: 'logits' (B, C, H, W)."""


class EngineError(InputError):
    """An engine can't run its network, whatever the scan: as a rule memory is short."""


class Engine(Protocol):
    """Runs one network. Not for several threads at once: each has its own `clone`.

    name: engine, precision and device, for people; nothing is decided by it. reason: of the choice, where it was
    made automatically. loads: engine and precision, as the settings have them that load this one again.
    device: where it runs. threads: on the processor's cores, for reports.
    width_multiple: the input's width must be a multiple of it.
    """

    name: str
    reason: str
    loads: tuple[str, str]
    device: Device
    threads: int
    width_multiple: int

    def __call__(self, inputs: NDArray[np.float32]) -> Outputs:
        """Normalised range images (B, C, H, W) -> the network's outputs, valid until the next call."""
        ...

    def clone(self) -> Self:
        """Another of the same weights for another thread."""
        ...


@runtime_checkable
class CircularEngine(Engine, Protocol):
    """An engine that may let the ends of a full turn meet in every layer of its network."""

    @property
    def circular(self) -> bool:
        """Whether it can do so with this network."""
        ...

    def around(self, inputs: NDArray[np.float32], turn: int) -> Outputs:
        """A call for full turns (B, C, H, W) of so many columns; those beyond, at either side, show its ends again."""
        ...


@runtime_checkable
class ByteEngine(Engine, Protocol):
    """An engine that may take images as bytes, int8: a value of 1 is 128, as `encoding.STEP` has it.

    A quarter of the memory, which the network reads faster than float32 that it then makes bytes of.
    """

    @property
    def takes_bytes(self) -> bool:
        """Whether it is faster so. Then its calls take int8 images beside float32."""
        ...


@dataclass(frozen=True)
class GraphFile:
    """A network as a file that runs without PyTorch.

    path: an .onnx, or an .xml whose .bin lies beside it. width_multiple: the input's width must be a multiple of it.
    content: of an .onnx that is in memory alone; path then is that of the weights that it was made of.
    """

    path: Path
    width_multiple: int
    content: bytes | None = field(default=None, repr=False)


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0))
