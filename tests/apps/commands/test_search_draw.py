"""squeezeseg search draw."""

from __future__ import annotations

import pytest
from helpers.tools import needs

from apps.search.drawing import Drawn, figure
from squeezeseg.networks import ARCHITECTURES
from squeezeseg.search.layer_case import cases_of
from squeezeseg.search.table.latency_table import LatencyTable, write_table
from squeezeseg.search.table.target import Target

NETWORKS = ("squeezeseg", "fast")


@pytest.fixture
def table():
    """Where each layer of both networks takes a millisecond."""
    target = Target("A processor", (), "openvino", "int8", 1, {})
    times = {case: 1e-3 for name in NETWORKS for case in cases_of(ARCHITECTURES[name], 64, 512)}
    return LatencyTable(target, 64, 512, "2026-01-01T00:00:00", times)


def test_networks_side_by_side(cli, table, tmp_path):
    needs("torch")
    write_table(tmp_path / "t.json", table)
    outcome = cli("search", "draw", *NETWORKS, "--table", tmp_path / "t.json", "--out", tmp_path / "a.png")
    assert outcome.status == 0, outcome.err
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_bar_for_each_layer_one_behind_the_other(table):
    page = figure([Drawn(ARCHITECTURES[name], 1) for name in NETWORKS], table)
    for axes, name in zip(page.axes, NETWORKS, strict=True):
        ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
        assert len(ends) == len(cases_of(ARCHITECTURES[name], 64, 512))
        assert [end for _, end in ends[:-1]] == pytest.approx([start for start, _ in ends[1:]])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("fast", "--out", "a.pdf"), ".png"),
        (("mobilenetv2", "--out", "a.png"), "--model NAME"),
        (("slow", "--out", "a.png"), "unknown model"),
    ],
)
def test_what_can_not_be_drawn(cli, table, tmp_path, arguments, why):
    needs("torch")
    write_table(tmp_path / "t.json", table)
    outcome = cli("search", "draw", arguments[0], "--table", tmp_path / "t.json", "--out", tmp_path / arguments[2])
    assert outcome.status != 0
    assert why in outcome.err
    assert not (tmp_path / arguments[2]).exists()
