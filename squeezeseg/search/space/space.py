"""Spaces of networks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from squeezeseg.networks import Architecture
from squeezeseg.networks.batch_norm import USUAL, BatchNorm
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.encoding import CHANNELS, Encoding
from squeezeseg.search.layer_case import LayerCase, head_case, stage_cases
from squeezeseg.search.space.row import Frame, Row, blocks_of, head_of, stride_of

Choices = tuple[int, ...]
"""A network of a space: for each of its decisions the number of the option that was taken."""


@dataclass(frozen=True)
class Decision:
    """Something to decide: exactly one of its options is taken. name: for people."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Slot:
    """A place in a network, of which the stem, the entry and each layer of a row, and the head have one.

    decisions: the numbers of those that its time depends on. row: whose place it is, -1 for the head's.
    own: the number of the decision that says what stands there.
    """

    decisions: tuple[int, ...]
    row: int
    own: int


@dataclass(frozen=True)
class Part:
    """A block of a network, and its place, which tells whose weights it shares: 'row 2 layer 1'."""

    place: str
    block: str


@dataclass(frozen=True)
class Space:
    """A space of networks: rows of layers between a stem and a head, every part to be chosen.

    name: for people, and of its networks. frames: stems and heads. rows: of layers, from the image inwards.
    mask, dropout, norm, encoding: of all its networks, see `Architecture`.

    Raises:
        ValueError: the ways into a row differ in their stride, or the last row ends no level.

    Example:
        >>> SPACES["range"].draw(np.random.default_rng(0)).encoding
        'cylindrical'
    """

    name: str
    frames: tuple[Frame, ...]
    rows: tuple[Row, ...]
    mask: bool = False
    dropout: float = 0.0
    norm: BatchNorm = USUAL
    encoding: Encoding = "cartesian"

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, 1):
            if len({stride_of(entry, width) for entry in row.entries for width in row.widths}) != 1:
                raise ValueError(f"space {self.name}: the ways into row {number} differ in their stride")
        if not self.rows or not self.rows[-1].level:
            raise ValueError(f"space {self.name}: the last row must end a level")

    @cached_property
    def decisions(self) -> tuple[Decision, ...]:
        """All that is to be decided: the frame, then of each row its width, its entry, and each layer."""
        found = [Decision("frame", tuple(map(str, self.frames)))]
        for number, row in enumerate(self.rows, 1):
            found.append(Decision(f"row {number} width", tuple(map(str, row.widths))))
            found.append(Decision(f"row {number} entry", row.entries))
            found += [Decision(f"row {number} layer {layer}", row.blocks) for layer in range(1, row.layers + 1)]
        return tuple(found)

    @cached_property
    def _widths(self) -> tuple[int, ...]:
        """The number of each row's first decision, its width."""
        starts = np.cumsum([1, *(2 + row.layers for row in self.rows)])
        return tuple(starts[:-1].tolist())

    @property
    def size(self) -> int:
        """The number of ways to choose, as FBNet's paper counts; skips in other places may give the same network."""
        return math.prod(len(decision.options) for decision in self.decisions)

    @property
    def inputs(self) -> int:
        """Channels of the image, a mask included."""
        return CHANNELS[self.encoding] + self.mask

    def draw(self, random: np.random.Generator) -> Architecture:
        """A network whose every decision is random, all options alike."""
        return self.network(self.draw_choices(random))

    def draw_choices(self, random: np.random.Generator) -> Choices:
        """The choices of such a network."""
        return tuple(int(random.integers(len(decision.options))) for decision in self.decisions)

    def network(self, choices: Choices) -> Architecture:
        """The network of these choices, named after its content.

        Raises:
            ValueError: the choices aren't of this space, or their stem and head don't fit.
        """
        counts = [len(decision.options) for decision in self.decisions]
        if len(choices) != len(counts) or not all(0 <= k < n for k, n in zip(choices, counts, strict=True)):
            raise ValueError(f"space {self.name}: has {len(counts)} decisions, not the choices {choices}")
        stages = tuple(tuple(part.block for part in stage) for stage in self.parts(choices))
        head = self._head(choices)
        digest = hashlib.sha256(repr((stages, head)).encode()).hexdigest()[:8]
        return Architecture(
            f"{self.name}-{digest}", stages, head, self.mask, self.dropout, norm=self.norm, encoding=self.encoding
        )

    def parts(self, choices: Choices) -> list[list[Part]]:
        """The blocks of each stage, and their places."""
        stages: list[list[Part]] = [[]]
        for number, (row, start) in enumerate(zip(self.rows, self._widths, strict=True), 1):
            width = row.widths[choices[start]]
            if number == 1:
                stages[-1] += [Part("stem", one) for one in blocks_of(self.frames[choices[0]].stem, width)]
            entry = blocks_of(row.entries[choices[start + 1]], width)
            stages[-1] += [Part(f"row {number} entry", one) for one in entry]
            for layer in range(1, row.layers + 1):
                blocks = blocks_of(row.blocks[choices[start + 1 + layer]], width)
                stages[-1] += [Part(f"row {number} layer {layer}", one) for one in blocks]
            if row.level:
                stages.append([])
        return stages[:-1]

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        """All places, whose times add up to a network's."""
        found = [Slot((0, self._widths[0]), 0, 0)]
        before = self._widths[0]
        for number, (row, start) in enumerate(zip(self.rows, self._widths, strict=True)):
            found.append(Slot(tuple(dict.fromkeys((0, before, start, start + 1))), number, start + 1))
            found += [
                Slot((0, start, start + 1 + layer), number, start + 1 + layer) for layer in range(1, row.layers + 1)
            ]
            before = start
        levels = [start for row, start in zip(self.rows, self._widths, strict=True) if row.level]
        return (*found, Slot((0, *levels), -1, 0))

    def slot_cases(self, slot: Slot, choices: Choices, height: int, width: int) -> list[LayerCase]:
        """The cases of what stands in a slot; of the choices only those of `slot.decisions` are looked at.

        height, width: of the image.
        """
        if slot.row < 0:
            return [head_case(self._head(choices), tuple(self._levels(choices)), height, width)]
        row, start = self.rows[slot.row], self._widths[slot.row]
        channels = row.widths[choices[start]]
        if slot.own == 0:
            template, level = self.frames[choices[0]].stem, Level(self.inputs, 1)
        elif slot.own == start + 1:
            template = row.entries[choices[slot.own]]
            before = self._widths[max(slot.row - 1, 0)]
            level = Level(self.rows[max(slot.row - 1, 0)].widths[choices[before]], self._stride(slot.row, choices))
        else:
            template, level = row.blocks[choices[slot.own]], Level(channels, self._stride(slot.row + 1, choices))
        blocks = map(Block.parse, blocks_of(template, channels))
        return list(stage_cases(blocks, level, self.inputs, height, width))

    def cases(self, height: int, width: int) -> list[LayerCase]:
        """Every distinct case of the space: what a latency table of it must hold."""
        found = dict[LayerCase, None]()
        for slot in self.slots:
            for choices in self.choices_of(slot):
                found |= dict.fromkeys(self.slot_cases(slot, choices, height, width))
        return list(found)

    def choices_of(self, slot: Slot) -> Iterator[Choices]:
        """All that can stand in a slot, wherever its time may differ; other decisions take their first option."""
        numbers = [range(len(self.decisions[number].options)) for number in slot.decisions]
        for picked in product(*numbers):
            choices = [0] * len(self.decisions)
            for number, option in zip(slot.decisions, picked, strict=True):
                choices[number] = option
            yield tuple(choices)

    def _stride(self, rows: int, choices: Choices) -> int:
        """Columns of the image for one behind so many rows."""
        stem = stride_of(self.frames[choices[0]].stem, self.rows[0].widths[0])
        return stem * math.prod(stride_of(row.entries[0], row.widths[0]) for row in self.rows[:rows])

    def _levels(self, choices: Choices) -> list[Level]:
        behind = [number for number, row in enumerate(self.rows) if row.level]
        ends = [Level(self._width(number, choices), self._stride(number + 1, choices)) for number in behind]
        return [Level(self.inputs, 1), *ends]

    def _width(self, row: int, choices: Choices) -> int:
        return self.rows[row].widths[choices[self._widths[row]]]

    def _head(self, choices: Choices) -> tuple[str, ...]:
        widths: Sequence[int] = [level.channels for level in self._levels(choices)[1:]]
        return head_of(self.frames[choices[0]], widths)
