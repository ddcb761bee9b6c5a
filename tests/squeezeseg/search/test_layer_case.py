"""Cases of a network: what its latency is the sum of."""

from __future__ import annotations

import pytest

from squeezeseg.networks import Architecture
from squeezeseg.networks.block import Block, Level
from squeezeseg.networks.registry import ARCHITECTURES
from squeezeseg.search.layer_case import cases_of, stage_cases


def test_a_network_is_its_blocks_by_repeat_and_its_head():
    assert list(map(str, cases_of(ARCHITECTURES["fast"], 64, 512))) == [
        "fold_n8 conv_k3_c32 on 8 x 64 x 512",
        "res on 32 x 64 x 64",
        "fold_n2 conv_k3_c32 on 32 x 64 x 64",
        "res on 32 x 64 x 32",
        "res on 32 x 64 x 32",
        "fold_n2 conv_k3_c64 on 32 x 64 x 32",
        "res on 64 x 64 x 16",
        "res on 64 x 64 x 16",
        "unfold conv_k3_c32 res on 0 x 64 x 512 with levels of 32 at stride 8, 32 at stride 16, 64 at stride 32",
    ]


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (("ir_e3_c24_s2_r2",), ["ir_e3_c24_s2 on 16 x 8 x 64", "ir_e3_c24 on 24 x 8 x 32"]),
        (("fold_n2", "fold_n2", "res", "res"), ["fold_n2 fold_n2 res on 16 x 8 x 64", "res on 64 x 8 x 16"]),
        (("res", "fold_n2"), ["res on 16 x 8 x 64", "fold_n2 on 16 x 8 x 64"]),
        (("eesp_c48_s2_d1234_v1",), ["eesp_c48_s2_d1234_v1 on 16 x 8 x 64 with the image of 5 at stride 2"]),
        (("eesp_c48_s2_d1234",), ["eesp_c48_s2_d1234 on 16 x 8 x 64"]),
    ],
)
def test_blocks_one_after_the_other(blocks, expected):
    parsed = [Block.parse(text) for text in blocks]
    assert list(map(str, stage_cases(parsed, Level(16, 2), 5, 8, 128))) == expected


@pytest.mark.parametrize(
    ("head", "channels", "levels"),
    [
        (("lraspp",), 0, ((24, 8), (64, 16))),
        (("unfold", "res", "res"), 0, ((16, 4), (24, 8), (64, 16))),
        (("fire_deconv", "fireup_q8_e12", "fireup_q8_e8"), 5, ((16, 4), (24, 8), (64, 16))),
    ],
)
def test_a_head_names_the_levels_that_it_reads(head, channels, levels):
    stages = (("fold_n4", "conv_c16"), ("conv_c24_s2",), ("conv_c64_s2",))
    case = cases_of(Architecture("some", stages, head), 64, 512)[-1]
    assert (case.block, case.channels, case.levels, case.classes) == (" ".join(head), channels, levels, 4)


def test_networks_share_cases():
    one, other = (Architecture(name, (("fold_n8", "conv_c32", "res_r3"),), ("unfold",)) for name in ("one", "other"))
    assert cases_of(one, 64, 512) == cases_of(other, 64, 512)
    assert len(set(cases_of(one, 64, 512))) == len(cases_of(one, 64, 512)) - 2
