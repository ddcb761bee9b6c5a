"""What layers cost: parameters, multiply-adds, and the numbers that they read and write. Nothing here needs PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

Kind = Literal[
    "dense",
    "1x1",
    "grouped",
    "depthwise",
    "transposed",
    "linear",
    "pool",
    "resize",
    "norm",
    "elementwise",
    "concatenation",
    "copy",
    "activation",
    "view",
    "unused",
]
"""Kinds of layers.

dense: a convolution of all channels, its kernel larger than 1x1. grouped: of whatever size. linear: what ends at a
single pixel, where each weight is used once. pool: means over an image as well. elementwise: sums, products and
comparisons. copy: the same numbers at other places. activation: in place, as engines apply it before a result is
written, so that it moves nothing; nor does a view. unused: parameters that no image meets, which some networks were
published with.
"""
CONVOLUTIONS: tuple[Kind, ...] = ("dense", "1x1", "grouped", "depthwise", "transposed", "linear")
"""The kinds that multiply and add; only theirs are counted, as the field does."""
IN_PLACE: tuple[Kind, ...] = ("activation", "view")
BYTES: Mapping[str, int] = {"float32": 4, "bfloat16": 2, "int8": 1}
"""Of a number, by precision."""
INPUT = -1
"""The network's input, among the `inputs` of layers."""


class Layer(NamedTuple):
    """An operation of a network on one image.

    name: unique; the module's path, and the operation where the module has several. module: its path.
    operation: PyTorch's name for it. kind: see `Kind`. kernel: height and width of a convolution's.
    output: its shape. parameters: its own, each counted where it is used first.
    macs: multiply-adds. read, written: numbers of activations. inputs: the layers that made what it reads, by number.
    """

    name: str
    module: str
    operation: str
    kind: Kind
    kernel: tuple[int, int] | None
    output: tuple[int, ...]
    parameters: int
    macs: int
    read: int
    written: int
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Layers:
    """A network's layers in the order in which they run.

    image: shape of the input, (1, C, H, W).
    """

    image: tuple[int, ...]
    layers: tuple[Layer, ...]

    @cached_property
    def parameters(self) -> int:
        """How many there are."""
        return sum(layer.parameters for layer in self.layers)

    @cached_property
    def macs(self) -> int:
        """Multiply-adds of convolutions and linear layers, for one image."""
        return sum(layer.macs for layer in self.layers)

    def weight_bytes(self, precision: str) -> int:
        """Of all parameters in a precision of `BYTES`."""
        return BYTES[precision] * self.parameters

    def live_bytes(self, precision: str) -> int:
        """Of the activations that have to be kept at once, see `live`."""
        return BYTES[precision] * self.live

    @cached_property
    def moved(self) -> int:
        """Numbers of activations that are read and written."""
        return sum(layer.read + layer.written for layer in self.layers)

    @cached_property
    def live(self) -> int:
        """The most numbers of activations that have to be kept at once, if layers run in this order, each whole."""
        return max(self.live_at)

    @cached_property
    def live_at(self) -> tuple[int, ...]:
        """The numbers of activations that have to be kept while each layer runs: those still wanted, and its own."""
        holder = {INPUT: INPUT}  # a layer in place gives what it got
        size = {INPUT: _product(self.image)}
        wanted: dict[int, int] = {}
        for number, layer in enumerate(self.layers):
            in_place = layer.kind in IN_PLACE and layer.inputs
            holder[number] = holder[layer.inputs[0]] if in_place else number
            if not in_place:
                size[number] = layer.written
            wanted[holder[number]] = number
            wanted.update(dict.fromkeys((holder[one] for one in layer.inputs), number))
        made: dict[int, int] = {holder[number]: number for number in reversed(range(len(self.layers)))}
        made[INPUT] = 0
        return tuple(
            sum(size[one] for one, last in wanted.items() if made[one] <= number <= last)
            for number in range(len(self.layers))
        )


def _product(shape: tuple[int, ...]) -> int:
    result = 1
    for size in shape:
        result *= size
    return result
