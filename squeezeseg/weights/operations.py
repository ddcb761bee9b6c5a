"""A network's operations, as ONNX calls them: beside its tensors all that an engine needs, in a few kilobytes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

KINDS = frozenset((
    "Abs", "Add", "And", "AveragePool", "BatchNormalization", "Cast", "Ceil", "Clip", "Concat", "ConstantOfShape",
    "Conv", "ConvTranspose", "DepthToSpace", "Div", "Elu", "Equal", "Erf", "Exp", "Expand", "Flatten", "Floor",
    "Gather", "Gelu", "Gemm", "GlobalAveragePool", "Greater", "GreaterOrEqual", "HardSigmoid", "HardSwish", "Identity",
    "LeakyRelu", "Less", "LessOrEqual", "Log", "MatMul", "Max", "MaxPool", "Min", "Mish", "Mod", "Mul", "Neg", "Not",
    "Or", "PRelu", "Pad", "Pow", "Range", "Reciprocal", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "Relu",
    "Reshape", "Resize", "Shape", "Sigmoid", "Sign", "Slice", "Softmax", "Softplus", "SpaceToDepth", "Split", "Sqrt",
    "Squeeze", "Sub", "Tanh", "Tile", "Transpose", "Unsqueeze", "Where",
))  # fmt: skip
"""ONNX's operations that a network may be made of: none that holds a graph of its own, or has a state."""
INPUT = "scan"
OPSETS = range(13, 24)
"""Versions of ONNX's operations."""
MOST_OPERATIONS = 4096
MOST_NUMBERS = 4096
"""Of a constant: sizes, places, factors. Weights are the container's tensors."""

Name = Annotated[str, Field(max_length=200)]
Numbers = Annotated[list[int] | list[float], Field(max_length=MOST_NUMBERS)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


class Operation(_Strict):
    """An operation. takes, gives: names of values, '' for what is left out. given: its attributes."""

    kind: Name
    takes: Annotated[list[Name], Field(max_length=64)]
    gives: Annotated[list[Name], Field(min_length=1, max_length=64)]
    given: Annotated[dict[Name, int | float | Name | Numbers], Field(max_length=16)] = {}


class Constant(_Strict):
    """A constant of an operation. shape: () for a number alone."""

    kind: Literal["int64", "int32", "float32", "bool"]
    shape: Annotated[list[int], Field(max_length=8)]
    numbers: Numbers

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if any(side < 0 for side in self.shape) or math.prod(self.shape) != len(self.numbers):
            raise ValueError(f"a constant of {len(self.numbers)} numbers with the shape {self.shape[:8]}")
        whole = all(isinstance(one, int) and abs(one) < 1 << 62 for one in self.numbers)
        if self.kind != "float32" and not whole:
            raise ValueError(f"a constant of {self.kind} that isn't whole numbers")
        return self


class Bytes(_Strict):
    """What int8 rounds.

    values: the smallest and the largest of each by its name; all that take it see it rounded.
    weights: names of convolutions' tensors, of which each output channel has a scale.
    """

    values: dict[Name, Annotated[list[float], Field(min_length=2, max_length=2)]]
    weights: Annotated[list[Name], Field(max_length=MOST_OPERATIONS)]

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        for name, (low, high) in self.values.items():
            if not low <= 0 < high - low < 1e30 or high < 0:
                raise ValueError(f"{name}: no range with 0 in it, {low:g} to {high:g}")
        return self


class Operations(_Strict):
    """A network's operations, in the order in which they can be run.

    They take `INPUT`, normalised images (B, C, H, W) of any height, whose width is a multiple of `width_multiple`,
    and a container's tensors by their names.

    gives: the network's outputs. folds: by the name of a convolution's weights the columns of
    its images that are folded into one in the tensor, but strided over here, see `strided`. int8: None if the network
    isn't to be rounded.
    """

    opset: int
    width_multiple: Annotated[int, Field(ge=1, le=1 << 16)]
    operations: Annotated[list[Operation], Field(min_length=1, max_length=MOST_OPERATIONS)]
    constants: Annotated[dict[Name, Constant], Field(max_length=MOST_OPERATIONS)]
    gives: Annotated[list[Name], Field(min_length=1, max_length=8)]
    folds: dict[Name, Annotated[int, Field(ge=2, le=64)]] = {}
    int8: Bytes | None = None

    @model_validator(mode="after")
    def _says_what_is_known(self) -> Self:
        if self.opset not in OPSETS:
            raise ValueError(f"operations of ONNX's version {self.opset}, not {OPSETS[0]} to {OPSETS[-1]}")
        for one in self.operations:
            if one.kind not in KINDS:
                raise ValueError(f"unknown operation {one.kind[:40]!r}")
        return self

    def check(self, tensors: Mapping[str, tuple[int, ...]]) -> None:
        """Hold that each operation takes what there is. tensors: shapes by name. Raises ValueError, in a line."""
        known = {"", INPUT, *self.constants, *tensors}
        made = {INPUT}
        for one in self.operations:
            if missing := [name for name in one.takes if name not in known]:
                raise ValueError(f"{one.kind} takes {missing[0][:80]!r}, which nothing gives")
            if again := [name for name in one.gives if not name or name in known]:
                raise ValueError(f"{one.kind} gives {again[0][:80]!r}, which there is")
            known.update(one.gives)
            made.update(one.gives)
        for name in (*self.gives, *(self.int8.values if self.int8 else ())):
            if name not in made:
                raise ValueError(f"no operation gives {name[:80]!r}")
        for name in (*self.folds, *(self.int8.weights if self.int8 else ())):
            if len(tensors.get(name, ())) != 4:
                raise ValueError(f"{name[:80]!r}: no weights of a convolution")
        for name, count in self.folds.items():
            if tensors[name][1] % count:
                raise ValueError(f"{name[:80]!r}: not of {count} columns in one")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return self.model_dump(exclude_defaults=True)

    def takes(self) -> Iterator[str]:
        """Names that operations take, each once, in the order of their first use."""
        yield from dict.fromkeys(name for one in self.operations for name in one.takes)
