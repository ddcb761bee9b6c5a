"""A space of a few small networks, and latencies that nobody measured."""

from __future__ import annotations

import numpy as np

from squeezeseg.search.layer_case import LayerCase
from squeezeseg.search.space import SKIP, Frame, Row, Space

TOY = Space(
    "toy",
    frames=(Frame("fold_n8 conv_k3_c{c}", ("unfold",)), Frame("fold_n16 conv_k3_c{c}", ("unfold",))),
    rows=(Row((16, 32), layers=2, blocks=("res", "ir_k3_e1_c{c}", SKIP)),),
    encoding="cylindrical",
)


FACTORS = {"fold": 3.0, "conv": 2.0, "res": 4.0, "ir": 1.0, "unfold": 2.0}


class FakeTable:
    """A table whose times grow with what a case reads, by its kind of block."""

    def __init__(self, offset: float = 1e-5, scale: float = 1.0) -> None:
        self.offset, self.scale = offset, scale

    def seconds(self, case: LayerCase) -> float:
        channels = case.channels + sum(level.channels for level in case.levels)
        return 1e-9 * FACTORS.get(case.block.split("_")[0], 1.5) * channels * case.height * case.width

    def corrected(self, seconds: float) -> float:
        return self.offset + self.scale * seconds


def sum_of_cases(space: Space, table: FakeTable, choices: tuple[int, ...]) -> float:
    """A network's latency, case by case."""
    from squeezeseg.search.layer_case import cases_of

    return table.corrected(float(np.sum([table.seconds(case) for case in cases_of(space.network(choices), 64, 512)])))
