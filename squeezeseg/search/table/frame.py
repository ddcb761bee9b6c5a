"""Layer cases as torch modules, each between cheap convolutions, as it stands in a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from torch import Tensor, nn

from squeezeseg.networks import Architecture
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.blocks import Form, Stage, build_blocks
from squeezeseg.networks.encoding import CHANNELS, Encoding
from squeezeseg.networks.heads import HEADS
from squeezeseg.search.layer_case import LayerCase

Shape: TypeAlias = tuple[int, ...]
Item: TypeAlias = "LayerCase | Bare"
_BESIDE = 8
"""Channels that the convolution before a case takes, and that the one behind it gives."""
_ENCODINGS: Mapping[int, tuple[Encoding, bool]] = {
    **{channels + 1: (name, True) for name, channels in CHANNELS.items() if name == "cartesian"},
    **{channels: (name, False) for name, channels in CHANNELS.items()},
}
"""Encoding and mask of an image by its channels."""


@dataclass(frozen=True)
class Features:
    """What a case reads or gives: (1, channels, height, width)."""

    channels: int
    height: int
    width: int


@dataclass(frozen=True)
class Bare:
    """A frame with no case in it, by which the time of the frames themselves is known.

    features: between its convolutions. ways: how often it is there, side by side. ends: convolutions behind each.
    """

    features: Features
    ways: int = 1
    ends: int = 1


def reads(case: LayerCase) -> tuple[Features, ...]:
    """What a case reads, but for the image."""
    if case.classes:
        return tuple(Features(level.channels, case.height, case.width // level.stride) for level in case.levels)
    return () if is_first(case) else (Features(case.channels, case.height, case.width),)


def gives(case: LayerCase) -> Features | None:
    """What a block gives; None for a head, whose logits are the network's."""
    if case.classes:
        return None
    level = Level(case.channels, 1 << 10)  # so that a block that doubles the width has a stride to halve
    for block in map(Block.parse, case.block.split()):
        level = block.after(level, case.levels[0].channels if case.levels else 0)
    return Features(level.channels, case.height, (case.width << 10) // level.stride)


def is_first(case: LayerCase) -> bool:
    """True for the first block of a network: its channels are an image's."""
    return not case.classes and case.channels in _ENCODINGS


class Frame(nn.Module):
    """A case in between: behind 1x1 convolutions that make what it reads, before one that reads what it gives.

    So an engine lays out and rounds numbers at the case's ends as it does in a network. The first block of a network
    has none before it, for it reads the image as it comes; a head has none behind.

    takes: shapes of the inputs, by name. coordinates: names of those that int8 keeps away from; see `quantize`.
    number: of the frame in its batch.
    """

    def __init__(self, case: LayerCase, number: int) -> None:
        super().__init__()
        self.takes: dict[str, Shape] = {}
        self.coordinates: list[str] = []
        self.outputs = 1
        self._image = f"image{number}"
        if is_first(case) or (case.classes and case.channels):
            self._see(case.channels, case.height, case.width)
        elif not case.classes:
            for image in case.levels:
                self._see(image.channels, case.height, case.width * image.stride)
        self._names = [_name(one) for one in reads(case)]
        self.takes |= {_name(one): (1, _BESIDE, one.height, one.width) for one in reads(case)}
        self.before = nn.ModuleList(_before(one) for one in reads(case))
        self.body = _head(case) if case.classes else _block(case)
        given = gives(case)
        self.behind = None if given is None else nn.Conv2d(given.channels, _BESIDE, 1)

    def forward(self, inputs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """What it takes, by name, to what comes out of the convolution behind it; a head's logits."""
        image = inputs.get(self._image)
        features = [module(inputs[name]) for module, name in zip(self.before, self._names, strict=True)]
        if self.behind is None:
            return (self.body([image, *features]),)
        x = features[0] if features else image
        return (self.behind(self.body(x, image)),)

    def _see(self, channels: int, height: int, width: int) -> None:
        self.takes[self._image] = 1, channels, height, width
        if _ENCODINGS[channels][0] == "cartesian":
            self.coordinates.append(self._image)


class BareFrame(nn.Module):
    """See `Bare`; the rest as of a `Frame`."""

    def __init__(self, bare: Bare) -> None:
        super().__init__()
        one = bare.features
        self.takes: dict[str, Shape] = {_name(one): (1, _BESIDE, one.height, one.width)}
        self.coordinates: list[str] = []
        self.outputs = bare.ways * bare.ends
        self._name = _name(one)
        self.before = nn.ModuleList(_before(one) for _ in range(bare.ways))
        self.behind = nn.ModuleList(nn.Conv2d(one.channels, _BESIDE, 1) for _ in range(self.outputs))

    def forward(self, inputs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """What it takes, by name, to what comes out of all convolutions behind."""
        features = [module(inputs[self._name]) for module in self.before]
        return tuple(behind(features[place % len(features)]) for place, behind in enumerate(self.behind))


class Batch(nn.Module):
    """Frames side by side: one graph to make for all of them.

    takes: shapes of the inputs by name. coordinates: see `Frame`. each: names of the inputs and outputs of each frame.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        super().__init__()
        frames = [Frame(one, k) if isinstance(one, LayerCase) else BareFrame(one) for k, one in enumerate(items)]
        self.frames = nn.ModuleList(frames)
        self.takes: dict[str, Shape] = {}
        for frame in frames:
            self.takes |= frame.takes
        self.coordinates = [name for frame in frames for name in frame.coordinates]
        self.each = [
            (list(frame.takes), [f"frame{k}.{place}" for place in range(frame.outputs)])
            for k, frame in enumerate(frames)
        ]

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Inputs in the order of `takes` -> the outputs of all frames."""
        named = dict(zip(self.takes, inputs, strict=True))
        return tuple(output for frame in self.frames for output in frame(named))


def _name(features: Features) -> str:
    return f"features{features.height}x{features.width}"


def _before(features: Features) -> nn.Module:
    return nn.Sequential(nn.Conv2d(_BESIDE, features.channels, 1), nn.ReLU())


def _block(case: LayerCase) -> Stage:
    blocks = map(Block.parse, case.block.split())
    # The image's stride tells such a block how often to halve it.
    level = Level(case.channels, case.levels[0].stride if case.levels else 1)
    return build_blocks(blocks, level, Form(), case.levels[0].channels if case.levels else 0)


def _head(case: LayerCase) -> nn.Module:
    """The head of a network whose stages give the levels that it reads."""
    encoding, mask = _ENCODINGS[case.channels or CHANNELS["cartesian"]]
    stages = [
        (*([f"fold_n{deep.stride // fine.stride}"] if deep.stride > fine.stride else []), f"conv_k1_c{deep.channels}")
        for fine, deep in pairwise([Level(0, 1), *case.levels])
    ]
    head = tuple(case.block.split())
    return HEADS[head[0]](Architecture("head", tuple(stages), head, mask, encoding=encoding), case.classes, Form())
