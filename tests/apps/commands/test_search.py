"""squeezeseg search, from the beginning to the networks and the page."""

from __future__ import annotations

import json
import re

import pytest
import torch
from helpers.spaces import FakeTable

from data.simulator import simulate
from squeezeseg.engines import processor
from squeezeseg.networks import architecture
from squeezeseg.search.run import loop
from squeezeseg.search.run.log import read_log
from squeezeseg.search.space import SPACES
from squeezeseg.search.space.membership import choices_for
from squeezeseg.search.table.latency_table import LatencyTable, write_table
from squeezeseg.search.table.target import Target

processor.guard_matrix_unit()
SETTINGS = "settle: 1\njudge: 1\ndraws: 4\npaths: 2\nweights_first: 0.3\nrecipe: {steps: 4, batch: 1, width: 64, precision: float32}\n"  # fmt: skip  # noqa: E501


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def table(tmp_path):
    """Times that nobody measured, of every case of the space for range images."""
    target = Target("Some <b>processor</b>", ("avx2",), "openvino", "int8", 1, {"openvino": "1"})
    fake, times = FakeTable(), {}
    for case in SPACES["range"].cases(64, 512):
        times[case] = fake.seconds(case)
    path = tmp_path / "table.json"
    write_table(path, LatencyTable(target, 64, 512, "2026-01-01T00:00:00", times))
    return path


@pytest.mark.slow
def test_networks_are_found_killed_in_between_and_trained(tmp_path, cli, table, monkeypatch):
    street = simulate(tmp_path / "street", 6, 5, 2, 1.0, threads=1)
    (tmp_path / "mine.yaml").write_text(SETTINGS)
    run = tmp_path / "run"
    command = ["search", street, "--table", table, "--latency", "20ms", "--settings", tmp_path / "mine.yaml"]
    command += ["--out", run, "--found", 2]
    steps, real_step = [], loop.SearchState.train_weights

    def step(state):
        steps.append(state.step)
        if len(steps) == 3:
            raise KeyboardInterrupt
        return real_step(state)

    monkeypatch.setattr(loop.SearchState, "train_weights", step)
    stopped = cli(*command)
    assert (stopped.status, stopped.out) == (130, "")
    assert "interrupted; go on with: squeezeseg" in stopped.err
    assert stopped.err.rstrip().endswith("--resume")
    refused = cli(*command)
    assert refused.status == 2
    assert "holds a search; go on with it by --resume" in refused.err

    outcome = cli(*command, "--resume", "--json")
    assert outcome.status == 0, outcome.err
    assert steps == [0, 1, 2, 2, 3]
    told = json.loads(outcome.out)
    assert told["target"] == "openvino int8, 1 thread, Some <b>processor</b> (avx2)"
    assert told["core_minutes"] > 0
    assert [one["name"] for one in told["found"]] == ["range-20ms-1", "range-20ms-2"]
    for one in told["found"]:
        assert one["seconds"] <= 0.02
        assert choices_for(SPACES["range"], architecture(one["file"])) is not None
    summary = json.loads((run / "search.json").read_text())
    assert summary["found"] == told["found"]
    assert summary["networks_in_space"] == SPACES["range"].size

    page = (run / "search.html").read_text()
    assert "Some &lt;b&gt;processor&lt;/b&gt;" in page
    several = [decision for decision in SPACES["range"].decisions if len(decision.options) > 1]
    assert page.count("<h3>") == len(several)
    strips = sum(len(decision.options) for decision in several)
    assert page.count('preserveAspectRatio="none"') == strips
    assert not re.search(r'(src|href)="(?!data:)', page)
    assert "NaN" not in page
    assert len(read_log(run / "log.jsonl").ranked) == 4

    again = cli(*command, "--resume")  # a finished one is told again
    assert re.search(r"^range-20ms-1 +\d", again.out, re.MULTILINE)
    assert f"next: squeezeseg train --model {run / 'found-1.json'}" in again.out

    trained = cli(
        "train", street, "--model", run / "found-1.json", "--out", tmp_path / "trained", "--steps", 1, "--batch", 1,
        "--crf-steps", 0,
    )  # fmt: skip
    assert trained.status == 0, trained.err
    (weights,) = json.loads(cli("models", tmp_path / "trained", "--json").out)["trained"]
    assert weights["found_for"] == f"20 ms on {told['target']}"
    assert weights["search_core_minutes"] == json.loads((run / "search.json").read_text())["core_minutes"]
    assert weights["table"] == {"correlation": None, "error": None}  # of a table that was never held against networks


def test_a_table_that_lacks_cases_of_the_space(tmp_path, cli, table):
    outcome = cli("search", "--table", table, "--latency", "3ms", "--space", "fbnet", "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "has no time of conv_k3_s2_c16_b0 on 6 x 64 x 512" in outcome.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["--latency", "3"], "--latency 3: expected a time with its unit"),
        (["--latency", "3ms", "--space", "rang"], "unknown space 'rang', did you mean range?"),
        ([], "Missing option '--latency'"),
    ],
)
def test_words_that_are_refused(tmp_path, cli, table, words, wrong):
    outcome = cli("search", "--table", table, "--out", tmp_path / "run", *words)
    assert outcome.status == 2
    assert wrong in outcome.err


def test_a_table_that_is_not_there(tmp_path, cli):
    outcome = cli("search", "--table", tmp_path / "t.json", "--latency", "3ms")
    assert outcome.status == 2
    assert "no latency table" in outcome.err
