"""Architectures: networks as data. Nothing here needs PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from squeezeseg.networks.batch_norm import USUAL, BatchNorm
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.encoding import CHANNELS, Encoding

# A network is built, and its memory taken, before weights are compared with it. All are far above those in use.
MAX_BLOCKS = 200
MAX_CHANNELS, MAX_STRIDE = 1 << 14, 1 << 10
MAX_WEIGHTS = 1 << 30
"""By a generous count."""


@dataclass(frozen=True)
class Architecture:
    """A network: a backbone of stages, and a head that goes back to the width of the range image.

    name: for people. stages: block strings of each; a stage's output is a level that the head may use. Level 0 is the
    input itself.
    head: its kind, see `heads`, and a block string for each step from the deepest level upwards.
    mask: whether a sixth channel tells returns from empty pixels. dropout: of the last features, in training.
    norm: batch norm's numbers, in all of it.
    encoding: what it sees of each pixel. One that sees no azimuth takes a full turn in one pass.
    boxes: width of a second head that tells boxes, see `heads.boxes`; 0 for none.

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
    norm: BatchNorm = USUAL
    encoding: Encoding = "cartesian"
    boxes: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", tuple(tuple(stage) for stage in self.stages))
        object.__setattr__(self, "head", tuple(self.head))
        if not self.stages or not all(self.stages) or not self.head:
            raise ValueError(f"architecture {self.name!r}: needs a head, and a block in each stage")
        if self.encoding not in CHANNELS:
            raise ValueError(f"architecture {self.name[:40]!r}: unknown encoding {str(self.encoding)[:40]!r}")
        if self.encoding != "cartesian" and self.mask:
            raise ValueError(f"architecture {self.name[:40]!r}: a {self.encoding} encoding has a mask of its own")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"architecture {self.name!r}: dropout must be 0 to 1, got {self.dropout}")
        if not 0 <= self.boxes <= MAX_CHANNELS:
            raise ValueError(f"architecture {self.name[:40]!r}: a head for boxes of {self.boxes} channels")
        if self.boxes and (self.head[0] != "unfold" or self.encoding == "cartesian"):
            # Boxes are told from where a cell looks: of a network that sees azimuths they would be told twice.
            raise ValueError(
                f"architecture {self.name[:40]!r}: boxes need the head unfold and a network without azimuth"
            )
        if sum(map(len, self.stages)) + len(self.head) > MAX_BLOCKS:
            raise ValueError(f"architecture {self.name[:40]!r}: over {MAX_BLOCKS} blocks")
        weights, channels = 0, self.levels[0].channels
        for stage, level in zip(self.blocks, self.levels[1:], strict=True):
            widest = max(channels, level.channels)
            weights += sum(block.weights(widest) for block in stage)
            channels = level.channels
        weights += sum(block.weights(channels) for block in self.head_blocks)
        if weights > MAX_WEIGHTS:
            raise ValueError(f"architecture {self.name[:40]!r}: over {MAX_WEIGHTS:,} weights")

    @property
    def inputs(self) -> int:
        """The number of channels of its input, a mask that it makes itself not counted."""
        return CHANNELS[self.encoding]

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
        levels = [Level(self.inputs + self.mask, 1)]
        for stage in self.blocks:
            level = levels[-1]
            for block in stage:
                level = block.after(level, levels[0].channels)
                if level.channels > MAX_CHANNELS or level.stride > MAX_STRIDE:
                    what = f"{level.channels} channels, stride {level.stride}"
                    raise ValueError(f"architecture {self.name[:40]!r}: {what}")
            levels.append(level)
        return tuple(levels)

    @property
    def width_multiple(self) -> int:
        """The number of columns of which the width of the network's input must be a multiple."""
        return self.levels[-1].stride

    def as_dict(self) -> dict[str, Any]:
        """For JSON; without what old cards don't have where it is as it was then, so that they stay as they are."""
        fields = asdict(self)
        if self.norm == USUAL:
            del fields["norm"]
        if self.encoding == "cartesian":
            del fields["encoding"]
        if not self.boxes:
            del fields["boxes"]
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Architecture:
        """The architecture of `as_dict`, as JSON gives it back. Raises ValueError or TypeError."""
        norm = BatchNorm(**fields.get("norm", {}))
        return cls(**{**fields, "norm": norm})
