"""A space of a few small networks."""

from __future__ import annotations

from squeezeseg.search.space import SKIP, Frame, Row, Space

TOY = Space(
    "toy",
    frames=(Frame("fold_n8 conv_k3_c{c}", ("unfold",)), Frame("fold_n16 conv_k3_c{c}", ("unfold",))),
    rows=(Row((16, 32), layers=2, blocks=("res", "ir_k3_e1_c{c}", SKIP)),),
    encoding="cylindrical",
)
