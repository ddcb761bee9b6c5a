"""`squeezeseg search precision`, from the beginning to a compressed file."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from helpers.models import card
from helpers.tools import needs

needs("torch")

from apps.search.precision_times import milliseconds, read_tables, show_times
from data.simulator import simulate
from squeezeseg import Model
from squeezeseg.networks import Architecture, Normalisation
from squeezeseg.networks.build import build
from squeezeseg.search.layer_case import cases_of
from squeezeseg.search.precision import loop
from squeezeseg.search.table.latency_table import LatencyTable, read_table, write_table
from squeezeseg.search.table.target import Target
from squeezeseg.weights import save_model
from squeezeseg.weights.container import read_container

TINY = Architecture("tiny", stages=(("fold_n8", "conv_k3_c16", "res"),), head=("unfold",), encoding="cylindrical")


@pytest.fixture
def weights(tmp_path):
    normalisation = Normalisation.of("cylindrical")
    network = build(TINY, 4, normalisation)
    tensors = {f"network.{name}": value.numpy() for name, value in network.state_dict().items()}
    file = tmp_path / "tiny.safetensors"
    save_model(file, Model(replace(card("fast"), architecture=TINY, normalisation=normalisation), tensors))
    return file


@pytest.mark.slow
def test_bits_are_found_killed_in_between_and_compressed_with(tmp_path, cli, weights, monkeypatch):
    street = simulate(tmp_path / "street", 3, 5, 2, 1.0, threads=1)
    run = tmp_path / "run"
    command = ["search", "precision", weights, "--bytes", 6500, "--data", street, "--out", run]
    command += ["--steps", 3, "--batch", 1, "--draws", 2, "--activation-bits", 6]
    real_step, steps = loop.PrecisionState.train_weights, []

    def step(state):
        steps.append(state.step)
        if len(steps) == 2:
            raise KeyboardInterrupt
        return real_step(state)

    monkeypatch.setattr(loop.PrecisionState, "train_weights", step)
    stopped = cli(*command)
    assert (stopped.status, stopped.out) == (130, "")
    assert stopped.err.rstrip().endswith("--resume")
    assert "holds a search; go on with it by --resume" in cli(*command).err

    outcome = cli(*command, "--resume", "--json")
    assert outcome.status == 0, outcome.err
    assert steps == [0, 1, 1, 2]
    told = json.loads(outcome.out)
    assert told["best"]["bytes"] <= 6500
    assert not told["saves_time"]
    assert told["layers"] == json.loads((run / "precision.json").read_text())["layers"]
    page = (run / "precision.html").read_text()
    assert page.count('preserveAspectRatio="none"') == 5 * len(told["layers"]) + 2 * (len(told["layers"]) - 1)
    assert "NaN" not in page

    again = cli(*command, "--resume")  # a finished one is told again
    assert "fewer bits save bytes, not time" in again.out
    assert f"next: squeezeseg compress {weights} --bits {run / 'precision.json'}" in again.out

    small = cli("compress", weights, "--bits", run / "precision.json", "--data", street, "--steps", 1, "--scans", 1,
                "--out", tmp_path / "small")  # fmt: skip
    assert small.status == 0, small.err
    tensors = read_container(tmp_path / "small" / "tiny.sqz").tensors
    for name, one in told["layers"].items():
        codes = tensors[name].codes
        assert -(2 ** (one["weights"] - 1)) <= codes.min() <= codes.max() < 2 ** (one["weights"] - 1)


def table(path, precision, microseconds):
    target = Target("Some processor", ("avx2",), "openvino", precision, 1, {"openvino": "1"})
    times = dict.fromkeys(cases_of(TINY, 64, 512), 1e-6 * microseconds)
    write_table(path, LatencyTable(target, 64, 512, "2026-01-01T00:00:00", times))
    return path


def test_times_are_shown_whatever_the_bits(tmp_path, capsys):
    tables = read_tables([table(tmp_path / "a", "int8", 10), table(tmp_path / "b", "bfloat16", 25)], TINY)
    cases = len(cases_of(TINY, 64, 512))
    assert [one["ms"] for one in milliseconds(tables, TINY)] == pytest.approx([0.01 * cases, 0.025 * cases])
    show_times(tables, TINY)
    out = capsys.readouterr().out
    assert "fewer bits save bytes, not time" in out
    assert re.search(rf"the network +{10 * cases} +{25 * cases}\b", out)


def test_a_table_without_the_networks_layers(tmp_path, cli, weights):
    other = tmp_path / "table.json"
    write_table(other, replace(read_table(table(tmp_path / "a", "int8", 10)), times={}))
    outcome = cli("search", "precision", weights, "--bytes", 9000, "--table", other, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "has no time of fold_n8 conv_k3_c16" in outcome.err


def test_weights_that_are_not_there(cli, tmp_path):
    outcome = cli("search", "precision", "none", "--bytes", 1000, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "none: no such weights" in outcome.err


def test_bits_of_activations_that_are_refused(cli, tmp_path, weights):
    outcome = cli("search", "precision", weights, "--bytes", 1000, "--activation-bits", 9, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "activation_bits 9" in outcome.err
    assert not (tmp_path / "run").exists()
