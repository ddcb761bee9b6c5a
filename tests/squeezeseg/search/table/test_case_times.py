"""Times of cases, on frames whose parts take known times."""

from __future__ import annotations

import pytest
import torch
from helpers.tools import needs

from squeezeseg.networks.block import Level
from squeezeseg.search.layer_case import LayerCase
from squeezeseg.search.table import case_times
from squeezeseg.search.table.calls import calls_of
from squeezeseg.search.table.frame import Bare, Batch, Features, gives, reads
from squeezeseg.search.table.target import Target

HEADS = [
    LayerCase("unfold res", 0, 4, 64, (Level(16, 8), Level(32, 16)), 4),
    LayerCase("lraspp", 0, 4, 64, (Level(16, 8), Level(32, 16)), 4),
    LayerCase("fire_deconv fireup_q4_e8 fireup_q4_e8", 5, 4, 64, (Level(16, 2), Level(32, 4)), 4),
]
BLOCKS = [
    LayerCase("fold_n8 conv_k3_c32", 8, 4, 64),
    LayerCase("conv_k3_s2_c16", 6, 4, 64),
    LayerCase("res", 16, 4, 32),
    LayerCase("ir_k3_e3_c32_s2", 16, 4, 32),
    LayerCase("fold_n2 fold_n2", 16, 4, 32),
    LayerCase("eesp_c32_s2_d1234_v1", 16, 4, 32, (Level(5, 2),)),
    LayerCase("fireup_q4_e8", 16, 4, 32),
]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (BLOCKS[0], ((), Features(32, 4, 8))),
        (BLOCKS[3], ((Features(16, 4, 32),), Features(32, 4, 16))),
        (BLOCKS[4], ((Features(16, 4, 32),), Features(64, 4, 8))),
        (BLOCKS[6], ((Features(16, 4, 32),), Features(16, 4, 64))),
        (HEADS[0], ((Features(16, 4, 8), Features(32, 4, 4)), None)),
    ],
    ids=str,
)
def test_what_a_case_reads_and_gives(case, expected):
    assert (reads(case), gives(case)) == expected


@pytest.mark.parametrize("case", [*BLOCKS, *HEADS], ids=str)
def test_a_frame_runs(case):
    batch = Batch([case, Bare(Features(16, 4, 32), ends=2)]).eval()
    outputs = batch(*map(torch.zeros, batch.takes.values()))
    assert [len(names) for _, names in batch.each] == [1, 2]
    given = gives(case)
    assert outputs[0].shape == ((1, 4, 4, 64) if given is None else (1, 8, given.height, given.width))
    assert (batch.coordinates == ["image0"]) == (
        5 in (case.channels, *(one.channels for one in case.levels)) or case.channels == 6
    )


@pytest.mark.parametrize("case", [BLOCKS[2], BLOCKS[3], BLOCKS[0], HEADS[0]], ids=str)
def test_the_frame_is_taken_off(case):
    """Begins take 3 and 5, ends 7 and 11, starting a graph 13, the case 100."""
    features = list(dict.fromkeys(case_times._around(case)))
    begin, end = dict(zip(features, (3.0, 5.0), strict=False)), dict(zip(features, (7.0, 11.0), strict=False))
    times = {}
    for one in case_times._bares([case]):
        times[one] = 13.0 + one.ways * (begin[one.features] + one.ends * end[one.features])
    given = gives(case)
    times[case] = 13.0 + sum(begin[one] for one in reads(case)) + 100.0 + (0 if given is None else end[given])
    assert case_times.without_frames([case], times) == {case: pytest.approx(100)}


def test_no_case_takes_less_than_nothing():
    case = BLOCKS[2]
    times = dict.fromkeys([case, *case_times._bares([case])], 2.0)
    times[case] = 1.0
    assert case_times.without_frames([case], times) == {case: 0}


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "precision"), [("openvino", "int8"), ("onnxruntime", "float32")])
def test_every_kind_of_case_runs_in_its_engine(engine, precision):
    for tool in (engine, *(["nncf"] if precision == "int8" else [])):
        needs(tool)
    items = [*BLOCKS, *HEADS, Bare(Features(16, 4, 32), ways=2)]
    for call in calls_of(items, Target.here(engine, precision, 1)):
        call()


@pytest.mark.slow
def test_a_larger_case_takes_longer(monkeypatch):
    """The one thing about times that holds on any machine: sixteen times the work takes longer."""
    needs("onnxruntime")
    small, large = LayerCase("res", 16, 16, 64), LayerCase("res", 64, 16, 64)
    monkeypatch.setattr(case_times, "ROUNDS", 1)
    found = case_times.time_cases([small, large], Target.here("onnxruntime", "float32", 1))
    assert found[large] > found[small]
