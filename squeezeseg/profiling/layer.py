"""What layers cost: parameters, multiply-adds, and the numbers that they read and write. Nothing here needs PyTorch."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
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
        made, wanted, size = {INPUT: 0}, {INPUT: 0}, {INPUT: math.prod(self.image)}
        for number, layer in enumerate(self.layers):
            holder = self.holders[number]
            made.setdefault(holder, number)
            size.setdefault(holder, layer.written)
            wanted[holder] = number
            wanted.update(dict.fromkeys((self._holder(one) for one in layer.inputs), number))
        return tuple(
            sum(size[one] for one, last in wanted.items() if made[one] <= number <= last)
            for number in range(len(self.layers))
        )

    @cached_property
    def holders(self) -> tuple[int, ...]:
        """The layer in whose memory each layer's result lies: itself, or where it works in place, that of its input."""
        found: list[int] = []
        for number, layer in enumerate(self.layers):
            source = layer.inputs[0] if layer.kind in IN_PLACE and layer.inputs else number
            found.append(source if source in (number, INPUT) else found[source])
        return tuple(found)

    def traffic(self, members: Collection[int]) -> tuple[int, int]:
        """Numbers of activations that layers, run as one, read and write: what passes between them stays within.

        Where all of them work in place, they read and write all the same: nothing else has done so for them.
        """
        moving = [one for one in members if self.layers[one].kind not in IN_PLACE] or list(members)
        inside = {self._holder(one) for one in moving if self.layers[one].kind not in IN_PLACE}
        inputs = {one for member in moving for one in self.layers[member].inputs}
        read = sum(self._size(one) for one in inputs if self._holder(one) not in inside and one not in members)
        written = sum(self._size(one) for one in moving if self._leaves(one, members))
        return read, written

    def _leaves(self, member: int, members: Collection[int]) -> bool:
        """True if a layer's result is wanted by one that isn't of the members, or is the network's."""
        takers = self._takers.get(member, [])
        return not takers or any(
            self._leaves(one, members) if one in members and self.layers[one].kind in IN_PLACE else one not in members
            for one in takers
        )

    @cached_property
    def _takers(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for number, layer in enumerate(self.layers):
            for one in layer.inputs:
                found.setdefault(one, []).append(number)
        return found

    def _holder(self, layer: int) -> int:
        return layer if layer == INPUT else self.holders[layer]

    def _size(self, layer: int) -> int:
        return math.prod(self.image if layer == INPUT else self.layers[layer].output)
