"""Architectures: networks as data. Nothing here needs PyTorch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

INPUT_CHANNELS = 5
"""Channels of a range image: x, y, z, intensity, range."""

_TOKEN = re.compile(r"([a-z]+)(\d+)")
ACTIVATIONS = ("re", "re6", "hs", "sw", "pr", "id")
"""ReLU, ReLU6, hard swish, swish, PReLU, none."""


class Level(NamedTuple):
    """Features of one width. channels: how many. stride: columns of the range image for one of theirs."""

    channels: int
    stride: int


@dataclass(frozen=True)
class Block:
    """A block of layers, written as a short string as timm has it: 'conv_k3_s2_c64', 'fire_q16_e64_r2'.

    The first word is the kind of block, see `KINDS`; then come a letter and a number for each option:

    k: kernel's size. s: stride along the width. c: output channels. q: channels that a fire module squeezes to.
    e: channels of each of its two expansions. n: columns folded into one. d: a divisor of channels.
    r: how many such blocks follow each other. bn: 0 for convolutions that never have a batch norm. b: 0 for those
    without bias, which a batch norm makes up for: where it is folded away, or there is none, there is a bias.
    One of `ACTIVATIONS` alone: the activation, ReLU if none is named.
    """

    kind: str
    options: tuple[tuple[str, int], ...] = ()
    activation: str = "re"

    @classmethod
    def parse(cls, text: str) -> Block:
        """The block that a string describes. Raises ValueError."""
        kind, *tokens = text.split("_")
        if kind not in KINDS:
            raise ValueError(f"block {text!r}: unknown kind {kind!r}; there are {', '.join(KINDS)}")
        activation, options = "re", dict[str, int]()
        for token in tokens:
            if token in ACTIVATIONS and "b" in KINDS[kind]:  # blocks of convolutions
                activation = token
            elif (match := _TOKEN.fullmatch(token)) and match[1] in KINDS[kind] and match[1] not in options:
                options[match[1]] = int(match[2])
            else:
                raise ValueError(f"block {text!r}: {token!r} is no option of {kind}, which has {' '.join(KINDS[kind])}")
        if missing := [name for name in KINDS[kind] if name not in options and name not in _DEFAULTS]:
            raise ValueError(f"block {text!r}: needs {' and '.join(missing)}")
        if any(value < 1 for name, value in options.items() if name not in ("b", "bn")):
            raise ValueError(f"block {text!r}: options must be 1 or more")
        if options.get("k", 1) % 2 == 0:
            raise ValueError(f"block {text!r}: k must be odd, for images to keep their size")
        return cls(kind, tuple(options.items()), activation)

    def __str__(self) -> str:
        words = [self.kind, *(f"{name}{value}" for name, value in self.options)]
        return "_".join(words + [self.activation] * (self.activation != "re"))

    def __getitem__(self, option: str) -> int:
        return dict(self.options).get(option, _DEFAULTS.get(option, 0))

    def after(self, level: Level) -> Level:
        """The features behind the block, whose input is `level`."""
        channels, stride = level
        match self.kind:
            case "conv":
                return Level(self["c"], stride * self["s"])
            case "fire":
                return Level(2 * self["e"], stride)
            case "fireup":
                return Level(2 * self["e"], stride // 2)
            case "pool":
                return Level(channels, stride * self["s"])
            case "fold":
                return Level(channels * self["n"], stride * self["n"])
            case _:  # res and cam keep what they get
                return level


KINDS: Mapping[str, tuple[str, ...]] = {
    "conv": ("k", "c", "s", "b", "bn", "r"),  # convolution
    "res": ("k", "b", "bn", "r"),  # residual block of two convolutions
    "fire": ("q", "e", "b", "bn", "r"),  # SqueezeNet's fire module
    "fireup": ("q", "e", "b", "bn", "r"),  # fire-deconv: the same, and twice as wide
    "pool": ("k", "s"),  # largest value
    "fold": ("n",),  # neighbouring columns into channels
    "cam": ("d",),  # context aggregation
}
"""Kinds of blocks, and the options of each."""
_DEFAULTS = {"s": 1, "b": 1, "bn": 1, "r": 1, "k": 3}


@dataclass(frozen=True)
class Architecture:
    """A network: a backbone of stages, and a head that goes back to the width of the range image.

    name: for people. stages: block strings of each; a stage's output is a level that the head may use. Level 0 is the
    input itself.
    head: its kind, see `heads`, and a block string for each step from the deepest level upwards.
    mask: whether a sixth channel tells returns from empty pixels. dropout: of the last features, in training.

    Raises:
        ValueError: a block string is none.

    Example:
        >>> Architecture("tiny", (("fold_n8", "conv_c32", "res_r2"),), ("unfold",)).levels
        (Level(channels=5, stride=1), Level(channels=32, stride=8))
    """

    name: str
    stages: tuple[tuple[str, ...], ...]
    head: tuple[str, ...]
    mask: bool = False
    dropout: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", tuple(tuple(stage) for stage in self.stages))
        object.__setattr__(self, "head", tuple(self.head))
        if not self.stages or not all(self.stages) or not self.head:
            raise ValueError(f"architecture {self.name!r}: needs a head, and a block in each stage")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"architecture {self.name!r}: dropout must be 0 to 1, got {self.dropout}")
        _ = self.blocks, self.head_blocks

    @property
    def blocks(self) -> tuple[tuple[Block, ...], ...]:
        """The blocks of each stage."""
        return tuple(tuple(Block.parse(text) for text in stage) for stage in self.stages)

    @property
    def head_blocks(self) -> tuple[Block, ...]:
        """The blocks of the head, from the deepest level upwards."""
        return tuple(Block.parse(text) for text in self.head[1:])

    @property
    def levels(self) -> tuple[Level, ...]:
        """The input and the output of each stage."""
        levels = [Level(INPUT_CHANNELS + self.mask, 1)]
        for stage in self.blocks:
            level = levels[-1]
            for block in stage:
                level = block.after(level)
            levels.append(level)
        return tuple(levels)

    @property
    def width_multiple(self) -> int:
        """The number of columns of which the width of the network's input must be a multiple."""
        return self.levels[-1].stride

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Architecture:
        """The architecture of `as_dict`, as JSON gives it back. Raises ValueError or TypeError."""
        return cls(**fields)
