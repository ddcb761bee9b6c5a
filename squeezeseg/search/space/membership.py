"""Membership: the choices that give a known network."""

from __future__ import annotations

from collections.abc import Iterator

from squeezeseg.networks import Architecture
from squeezeseg.networks.block import Block
from squeezeseg.search.space.row import blocks_of
from squeezeseg.search.space.space import Choices, Space


def choices_for(space: Space, architecture: Architecture) -> Choices | None:
    """The choices of a space that give a network, whatever its name; None where it isn't of the space."""
    blocks = [text for stage in architecture.stages for text in taken_apart(stage)]
    wanted = _content(architecture)
    for choices in _ways(space, 0, blocks):
        for frame in range(len(space.frames)):
            found = (frame, *choices)
            try:
                if _content(space.network(found)) == wanted:
                    return found
            except ValueError:  # a head that doesn't fit the stem's levels
                continue
    return None


def taken_apart(stage: tuple[str, ...]) -> tuple[str, ...]:
    """The blocks of a stage, each repeat for itself."""
    return tuple(str(one) for text in stage for one in Block.parse(text).repeats)


def _content(one: Architecture) -> object:
    stages = tuple(map(taken_apart, one.stages))
    return stages, taken_apart_head(one.head), one.mask, one.dropout, one.norm, one.encoding


def taken_apart_head(head: tuple[str, ...]) -> tuple[str, ...]:
    """A head, each repeat of its blocks for itself."""
    return head[0], *taken_apart(head[1:])


def _ways(space: Space, number: int, blocks: list[str]) -> Iterator[Choices]:
    """All ways in which rows from `number` on give these blocks, the first row's behind any of the stems."""
    if number == len(space.rows):
        if not blocks:
            yield ()
        return
    row = space.rows[number]
    for width_number, width in enumerate(row.widths):
        stems = {blocks_of(frame.stem, width) for frame in space.frames} if number == 0 else {()}
        for stem in stems:
            for entry_number, entry in enumerate(row.entries):
                lead = [*stem, *blocks_of(entry, width)]
                if blocks[: len(lead)] != lead:
                    continue
                for layers, rest in _layers(space, number, width, row.layers, blocks[len(lead) :]):
                    for others in _ways(space, number + 1, rest):
                        yield (width_number, entry_number, *layers, *others)


def _layers(space: Space, number: int, width: int, left: int, blocks: list[str]) -> Iterator[tuple[Choices, list[str]]]:
    """The ways to fill the layers that are left in a row, and the blocks that then remain; skips come last."""
    if left == 0:
        yield (), blocks
        return
    options = [blocks_of(template, width) for template in space.rows[number].blocks]
    if blocks and (blocks[0],) in options:
        for others, rest in _layers(space, number, width, left - 1, blocks[1:]):
            yield (options.index((blocks[0],)), *others), rest
    if () in options:
        yield (options.index(()),) * left, blocks
