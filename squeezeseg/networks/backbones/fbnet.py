"""FBNet-A, B and C: networks that a differentiable search found (Wu et al., CVPR 2019).

Those of the paper's figure 4, in which a block always begins with a 1x1 convolution; the code that was published later
leaves it out where nothing is expanded, and another block in B.
"""

from __future__ import annotations

from squeezeseg.networks.backbones.description import Backbone, logits

_ROWS = {
    "a": (
        "-",
        "k3e3 k3e1 - -",
        "k5e6 k3e3 k5e1 k3e3",
        "k5e6 k5e3 k5e1g2 k5e6",
        "k3e6 k5e1g2 k5e3 k3e1g2",
        "k5e6 k5e6 k5e3 k5e6",
        "k5e6",
    ),
    "b": (
        "k3e1",
        "k3e6 k5e1 k3e1 k3e1",
        "k5e6 k5e3 k3e6 k5e6",
        "k5e6 k5e1 - k5e3",
        "k5e6 k3e1 k5e1 k5e3",
        "k5e6 k5e1 k5e6 k5e6",
        "k3e6",
    ),
    "c": (
        "k3e1",
        "k3e6 - k3e1 k3e1",
        "k5e6 k5e3 k5e6 k3e6",
        "k5e6 k5e3 k5e6 k5e6",
        "k5e6 k5e6 k5e6 k5e3",
        "k5e6 k5e6 k5e6 k5e6",
        "k3e6",
    ),
}
"""Blocks of each row of table 1; '-' is a skip."""
_CHANNELS = (16, 24, 32, 64, 112, 184, 352)
_STRIDES = (1, 2, 2, 2, 1, 2, 1)
_LAST = {"a": 1504, "b": 1984, "c": 1984}


def fbnet(which: str = "c") -> Backbone:
    """FBNet-A, B or C, as the paper has them: 249.9, 296.6 and 385.0 million multiply-adds.

    The paper's abstract has B with 295 million, 4.5 million parameters, 74.1 % of ImageNet, and 23.1 ms on a Samsung
    S8.

    Raises:
        ValueError: another letter.
    """
    if which not in _ROWS:
        raise ValueError(f"fbnet: there are {', '.join(_ROWS)}, not {which!r}")
    rows = []
    for row, channels, stride in zip(_ROWS[which], _CHANNELS, _STRIDES, strict=True):
        strides = (stride, 1, 1, 1)
        rows.append([_block(word, channels, s) for word, s in zip(row.split(), strides, strict=False) if word != "-"])
    stages = (
        ("conv_k3_s2_c16_b0", *rows[0]),
        tuple(rows[1]),
        tuple(rows[2]),
        (*rows[3], *rows[4]),
        (*rows[5], *rows[6]),
    )
    return Backbone(f"fbnet-{which}", stages, (f"conv_k1_c{_LAST[which]}_b0", *logits(1000)))


def _block(word: str, channels: int, stride: int) -> str:
    """'k5e1g2' -> 'ir_k5_e1_g2_c64'."""
    kernel, expansion, groups = word[1], word[3], word[5:]
    return f"ir_k{kernel}{'_s2' if stride > 1 else ''}_e{expansion}{f'_g{groups}' if groups else ''}_c{channels}"
