"""Blocks as short strings. Nothing here needs PyTorch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

_TOKEN = re.compile(r"([a-z]+)(\d+)")
ACTIVATIONS = ("re", "re6", "hs", "sw", "pr", "id")
"""ReLU, ReLU6, hard swish, swish, PReLU, none."""


class Level(NamedTuple):
    """Features of one width. channels: how many. stride: columns of the range image for one of theirs."""

    channels: int
    stride: int


class Kind(NamedTuple):
    """A kind of block. options: names of those that it takes. activated: whether one chooses its activation."""

    options: tuple[str, ...]
    activated: bool = True


KINDS: Mapping[str, Kind] = {
    "conv": Kind(("k", "c", "s", "g", "b", "bn", "p", "r")),  # convolution
    "res": Kind(("k", "b", "bn", "r")),  # residual block of two convolutions
    "fire": Kind(("q", "e", "x", "y", "b", "bn", "r")),  # SqueezeNet's fire module
    "fireup": Kind(("q", "e", "b", "bn", "r")),  # fire-deconv: the same, and twice as wide
    "sep": Kind(("k", "c", "s", "r")),  # MobileNet's depthwise and 1x1 convolution
    "ir": Kind(("k", "c", "s", "e", "m", "g", "se", "si", "r")),  # inverted residual
    "shuffle": Kind(("g", "c", "s", "u", "r"), activated=False),  # ShuffleNet's unit
    "split": Kind(("c", "s", "r"), activated=False),  # ShuffleNetV2's unit
    "esp": Kind(("c", "s", "r"), activated=False),  # ESPNet's module: a pyramid of dilated convolutions
    "espdown": Kind(("c", "n"), activated=False),  # ESPNet: a strided module and n more, start and end side by side
    "eesp": Kind(("c", "s", "d", "v", "r"), activated=False),  # ESPNetv2's module
    "image": Kind((), activated=False),  # the input, pooled to this width, as channels more
    "norm": Kind(()),  # batch norm and activation alone
    "pool": Kind(("k", "s", "p"), activated=False),  # largest value
    "mean": Kind((), activated=False),  # of each channel, over the whole image
    "fold": Kind(("n",), activated=False),  # neighbouring columns into channels
    "cam": Kind(("d",), activated=False),  # context aggregation
}
"""Kinds of blocks, and the options of each."""
_DEFAULTS = {"s": 1, "b": 1, "bn": 1, "r": 1, "k": 3, "g": 1, "p": -1}
"""Of options that are not 0 where they are left out."""
_REQUIRED = {
    "conv": "c", "fire": "qe", "fireup": "qe", "sep": "c", "ir": "c", "shuffle": "gc", "split": "c", "esp": "c",
    "espdown": "c", "eesp": "cd", "fold": "n", "cam": "d",
}  # fmt: skip
MAX_VALUE = 9999
MAX_OPTION = {"k": 99, "r": 99, "n": 1024}
_MAY_BE_ZERO = ("b", "bn", "p", "n", "y", "u")


@dataclass(frozen=True)
class Block:
    """A block of layers, written as a short string as timm has it: 'conv_k3_s2_c64', 'ir_k3_s2_e6_c24_re6_r2'.

    The first word is the kind of block, see `KINDS`; then come letters and a number for each option:

    k: kernel's size. s: stride. c: output channels. g: groups of 1x1 convolutions, of a 'conv' of its own.
    q: channels that a fire module squeezes to. e: channels of each of its two expansions, x: of the 3x3 one where
    that has others; y: 1 to add the input (simple bypass).
    e: of an inverted residual, how many times as many channels lie within as come in; m: their number instead. One
    without either has no 1x1 convolution before the depthwise. se: their number divided by the channels in
    squeeze-and-excitation as MobileNetV3 has it; si: EfficientNet's, which divides the block's input.
    u: 1 for a ShuffleNet unit whose first 1x1 convolution has no groups. n: modules that follow a strided one; of
    'fold', columns folded into one. d: digits, dilations of ESPNetv2's four branches; of 'cam', a divisor of channels.
    v: 1 for a strided module that sees the input image as well, 2 for one that was published with the layers for it and
    leaves them unused.
    p: padding in the classification form, where it isn't half the kernel's size.
    r: how many such blocks follow each other, with the stride in the first alone. bn: 0 for convolutions that never
    have a batch norm. b: 0 for those without bias, which a batch norm makes up for: where it is folded away, or there
    is none, there is a bias. Kinds without b are as with 0.
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
        known, activation, options = KINDS[kind].options, "re", dict[str, int]()
        for token in tokens:
            if token in ACTIVATIONS and KINDS[kind].activated:
                activation = token
            elif (match := _TOKEN.fullmatch(token)) and match[1] in known and match[1] not in options:
                options[match[1]] = int(match[2])
            else:
                raise ValueError(f"block {text!r}: {token!r} is no option of {kind}, which has {' '.join(known)}")
        if missing := [name for name in _REQUIRED.get(kind, "") if name not in options]:
            raise ValueError(f"block {text!r}: needs {' and '.join(missing)}")
        if any(value < 1 for name, value in options.items() if name not in _MAY_BE_ZERO or kind == "fold"):
            raise ValueError(f"block {text!r}: options must be 1 or more")
        if large := [name for name, value in options.items() if value > MAX_OPTION.get(name, MAX_VALUE)]:
            raise ValueError(f"block {text!r}: {large[0]} is {MAX_OPTION.get(large[0], MAX_VALUE)} at most")
        # Of a kernel as large as the whole image nothing is left to keep its size.
        if options.get("k", 1) % 2 == 0 and "p" not in options:
            raise ValueError(f"block {text!r}: k must be odd, for images to keep their size")
        return cls(kind, tuple(options.items()), activation)

    def __str__(self) -> str:
        words = [self.kind, *(f"{name}{value}" for name, value in self.options)]
        return "_".join(words + [self.activation] * (self.activation != "re"))

    def __getitem__(self, option: str) -> int:
        return dict(self.options).get(option, _DEFAULTS.get(option, 0))

    def weights(self, channels: int) -> int:
        """A generous count of the weights that it has behind so many channels."""
        within = self["e"] * channels if self.kind == "ir" else 2 * self["e"]
        repeats = self["n"] + 1 if self.kind == "espdown" else self["r"]
        return repeats * self["k"] ** 2 * channels * max(self["c"], self["m"], self["q"], within, channels)

    @property
    def repeats(self) -> tuple[Block, ...]:
        """The blocks that it stands for: `r`, of which only the first has the stride."""
        once = tuple((name, value) for name, value in self.options if name != "r")
        first, rest = replace(self, options=once), tuple((name, value) for name, value in once if name != "s")
        return (first, *(replace(self, options=rest),) * (self["r"] - 1))

    def after(self, level: Level, image_channels: int = 0) -> Level:
        """The features behind the block, whose input is `level`. image_channels: of the network's input."""
        channels, stride = level
        match self.kind:
            case "fire":
                return Level(self["e"] + (self["x"] or self["e"]), stride)
            case "fireup":
                return Level(2 * self["e"], stride // 2)
            case "espdown":
                return Level((2 if self["n"] else 1) * self["c"], stride * 2)
            case "image":
                return Level(channels + image_channels, stride)
            case "fold":
                return Level(channels * self["n"], stride * self["n"])
            case _:  # res, cam, norm and mean keep what they get
                options = dict(self.options)
                return Level(options.get("c", channels), stride * options.get("s", 1))
