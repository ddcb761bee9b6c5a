"""Tables, plots and the page of a frontier."""

from __future__ import annotations

import json
import re

import pytest

from apps.frontier import output
from apps.frontier.plot import ticks
from apps.frontier.table import verdict
from squeezeseg.frontier.records import Record, write_records
from squeezeseg.frontier.standing import standings
from squeezeseg.profiling.interleave import Latency


def record(model, seed, iou, ms, **fields):
    scores = {"car": iou + 0.2, "pedestrian": iou - 0.2, "cyclist": None, "mean": iou}
    return Record(
        model, seed, 906_308, 2_905_604_096, 500, 8,
        bytes={"float16": 1_824_000, "int8": 929_000},
        iou={kind: {"float32": scores, "int8": scores} for kind in ("simulated", "real")},
        frames={"simulated": 40, "real": 22},
        ms={name: Latency(value, value, value, 9) for name, value in (("float32", 5 * ms), ("int8", ms))},
        energy_mj={"int8": ms / 10},
        processor="Some Processor", threads=2,
        **fields,
    )  # fmt: skip


@pytest.fixture
def run(tmp_path):
    records = [
        record("squeezeseg", 0, 0.30, 10.0),
        record("squeezeseg", 1, 0.32, 10.0),
        record("fast", 0, 0.4, 5.0, train_seconds=90.0),
        record("<b>odd</b>", 0, 0.2, 20.0),
        Record("broken", 0, 1, 1, 500, 8, error="the loss is nan"),
    ]
    write_records(tmp_path, records)
    return tmp_path


def test_a_finished_run_is_drawn_and_printed_again(run, cli):
    outcome = cli("frontier", "--out", run, "--redraw")
    assert outcome.status == 0, outcome.err
    assert re.search(r"^fast \* +40\.0 +60\.0 +20\.0 +- +40\.0", outcome.out, re.MULTILINE)
    assert re.search(r"^squeezeseg +31\.0 \(30\.0-32\.0\) +51\.0 +11\.0", outcome.out, re.MULTILINE)
    assert re.search(r"^squeezeseg +0\.91 +2\.91 +1,824 +929 +50\.0 +- +10\.0 +1\.00", outcome.out, re.MULTILINE)
    assert "squeezeseg (31.0 % in 10.0 ms) is beaten at equal latency or less by fast (40.0 % in 5.0 ms)" in outcome.out
    assert "Seeds of one network differ by up to 2.0 points" in outcome.out
    assert "warning: broken, seed 0: failed, the loss is nan" in outcome.err
    for name in ("frontier.png", "frontier-real.png"):
        assert (run / name).read_bytes().startswith(b"\x89PNG")

    page = (run / "frontier.html").read_text()
    assert page.count('<table class="sorted">') == 3
    assert page.count("data:image/png;base64,") == 2
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "&lt;b&gt;odd&lt;/b&gt;" in page
    assert "<b>odd" not in page
    assert "the loss is nan" in page
    assert 'data-value="0.31">31.0<small>30.0 to 32.0</small>' in page


def test_json_has_a_network_a_seed(run, cli, monkeypatch):
    monkeypatch.setattr(output, "draw", lambda *_: True)
    monkeypatch.setattr(output, "page", lambda _: "")
    found = json.loads(cli("frontier", "--out", run, "--redraw", "--json").out)
    assert [(one["model"], one["seed"]) for one in found["networks"][:2]] == [("squeezeseg", 0), ("squeezeseg", 1)]
    assert set(found["files"]) == {"records", "page", "simulated", "real"}


def test_nothing_to_draw_is_a_line(tmp_path, cli):
    outcome = cli("frontier", "--out", tmp_path, "--redraw")
    assert outcome.status == 2
    assert "run it without --redraw" in outcome.err


@pytest.mark.parametrize(
    ("networks", "said"),
    [
        ([record("fast", 0, 0.4, 5.0)], ""),
        ([record("squeezeseg", 0, 0.4, 5.0)], ""),
        ([record("squeezeseg", 0, 0.4, 5.0), record("fast", 0, 0.3, 1.0)], "by none. Each has one seed"),
    ],
)
def test_the_verdict_says_only_what_can_be_said(networks, said):
    assert said in (found := verdict(standings(networks, "real"), "real"))
    assert bool(said) == bool(found)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(8, 120, [10, 20, 50, 100]), (9, 16, [9, 9.5, 10, 12, 15]), (600, 7000, [1000, 2000, 5000])],
)
def test_axes_have_round_numbers(low, high, expected):
    found = ticks(low, high)
    assert set(expected) <= set(found)
    assert all(low <= one <= high for one in found)
    assert 3 <= len(found) <= 9
