"""`squeezeseg compress`."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from helpers.tools import needs

needs("torch")

from apps.compression import graphs
from data.simulator import simulate
from squeezeseg.compression import candidates, examination
from squeezeseg.compression.bit_widths import rounded, uniform_bits
from squeezeseg.engines import installed
from squeezeseg.graphs.check_scans import CheckScan
from squeezeseg.graphs.run import graph_engine, graph_file, has_graph
from squeezeseg.inference.factory import load_engine
from squeezeseg.weights import Model, load_weights, save_model
from squeezeseg.weights.container import read_container, write_container


@pytest.fixture
def small(monkeypatch):
    """Small images instead of scans, few ways to keep a layer: what is tested is the way through."""

    def scans(count, seed, multiple, progress=None):
        rng = np.random.default_rng(seed)
        for k in range(count):
            if progress is not None:
                progress(k + 1, count)
            yield CheckScan(
                rng.uniform(1, 9, (4, 5, 16, 64)).astype(np.float32), rng.integers(0, 4, (4, 16, 64)).astype(np.uint8)
            )

    from apps.compression import stages

    for module in (examination, stages, graphs):
        monkeypatch.setattr(module, "check_scans", scans)
    monkeypatch.setattr(candidates, "STEPS", (0.2, 0.7))


@pytest.fixture(autouse=True)
def _without_export(monkeypatch):
    """Exporting takes seconds."""
    monkeypatch.setattr(graphs, "installed", lambda name: False)


def test_weights_are_made_as_small_as_is_said(small, cli, tmp_path):
    outcome = cli("compress", "fast", "--bytes", 300_000, "--steps", 0, "--out", tmp_path, "--json")
    assert "can't be listed without PyTorch" in outcome.err
    assert "fast: compressed already" in outcome.err
    told = json.loads(outcome.out)
    file = tmp_path / "fast.sqz"
    assert told["file"] == str(file)
    assert told["bytes"] == file.stat().st_size <= 300_000
    assert told["iou"].keys() == {"before", "after"}
    assert told["iou"]["after"].keys() == {"background", "car", "pedestrian", "cyclist"}
    model = load_weights(file)
    assert model.card.architecture == load_weights("fast").card.architecture
    assert model.card.command.startswith(f"{load_weights('fast').card.command} && squeezeseg")
    assert model.tensors.keys() == load_weights("fast").tensors.keys()


@pytest.mark.slow
def test_they_are_all_that_engines_need(small, cli, tmp_path, monkeypatch):
    needs("onnxscript")
    needs("nncf")
    monkeypatch.setattr(graphs, "installed", installed)
    monkeypatch.setattr("squeezeseg.graphs.export.CALIBRATION_SCANS", 2)
    command = ["compress", "fast", "--bytes", 300_000, "--steps", 0, "--scans", 1, "--out", tmp_path, "--json"]
    told = json.loads(cli(*command).out)
    assert told["bytes"] == (tmp_path / "fast.sqz").stat().st_size <= 300_000
    model = load_weights(tmp_path / "fast.sqz")
    images = np.random.default_rng(0).normal(size=(1, 8, 16, 64)).astype(np.float32)
    expected = load_engine(model, "torch", "float32")(images)["logits"]
    got = graph_engine(graph_file(model, "float"), "openvino", "float32")(images)["logits"]
    np.testing.assert_allclose(got, expected, atol=1e-3)
    assert told["int8"] is not None
    assert has_graph(model, "int8") == told["int8"]["passed"]


@pytest.mark.slow
def test_they_are_trained_on_and_a_run_that_was_stopped_goes_on(small, cli, tmp_path, monkeypatch):
    drive = simulate(tmp_path / "street", 2, 3)
    run = tmp_path / "run"
    command = ["compress", "fast", "--bytes", 300_000, "--data", drive, "--steps", 2, "--scans", 1, "--out", run]
    monkeypatch.setattr("sys.argv", ["squeezeseg", *map(str, command)])
    outcome = cli(*command)
    assert outcome.status == 0
    assert "trained on" in outcome.out
    start, end = (read_container(run / name).tensors for name in ("start.sqz", "fast.sqz"))
    changed = [np.mean(start[name].codes != end[name].codes) for name in start if name.endswith("conv.weight")]
    assert 0 < np.mean(changed) < 0.2
    assert cli(*command).status == 2
    assert cli(*command, "--resume").status == 0
    monkeypatch.setattr("sys.argv", ["squeezeseg", "compress", "fast", "--bytes", "1"])
    outcome = cli(*command, "--resume")
    assert "of another run" in outcome.err


@pytest.mark.slow
def test_they_are_trained_on_in_the_steps_of_an_old_file(small, cli, tmp_path):
    fast, old = load_weights("fast"), tmp_path / "old.sqz"
    write_container(old, rounded(fast, uniform_bits(fast, 4)))
    drive = simulate(tmp_path / "street", 2, 3)
    changed = []
    for price in (0, 2):
        run = tmp_path / f"run-{price}"
        words = ["--data", drive, "--steps", 2, "--rate", 0.01, "--price", price, "--scans", 1, "--out", run, "--json"]
        told = json.loads(cli("compress", "fast", "--base", old, *words).out)
        name = "network.backbone.stages.1.1.conv.weight"
        before, after = (read_container(file).tensors[name] for file in (old, run / "fast.sqz"))
        np.testing.assert_array_equal(after.scales, before.scales)
        changed.append((np.mean(after.codes != before.codes), told["patch_bytes"]))
    assert changed[0][0] > changed[1][0]
    assert changed[0][1] > changed[1][1]


def test_codes_of_so_many_bits(small, cli, tmp_path):
    told = json.loads(cli("compress", "fast", "--bits", 4, "--steps", 0, "--out", tmp_path, "--json").out)
    tensors = read_container(tmp_path / "fast.sqz").tensors
    codes = tensors["network.backbone.stages.1.1.conv.weight"].codes
    assert (codes.min(), codes.max()) == (-7, 7)
    assert told["bytes"] == (tmp_path / "fast.sqz").stat().st_size


def test_weights_in_the_codes_of_an_old_file(small, cli, tmp_path):
    fast = load_weights("fast")
    old, new = tmp_path / "old.sqz", tmp_path / "new.safetensors"
    write_container(old, rounded(fast, uniform_bits(fast, 4)))
    rng = np.random.default_rng(0)
    moved = {name: value * rng.normal(1, 0.01, value.shape).astype(np.float32) for name, value in fast.tensors.items()}
    save_model(new, Model(fast.card, moved))
    outcome = cli("compress", new, "--base", old, "--steps", 0, "--scans", 1, "--out", tmp_path / "run", "--json")
    told, made = json.loads(outcome.out), tmp_path / "run" / "new.sqz"
    cli("weights", "diff", old, made, "--out", tmp_path / "patch")
    assert told["patch_bytes"] == (tmp_path / "patch").stat().st_size < 0.3 * told["bytes"]
    before, after = read_container(old), read_container(made)
    name = "network.backbone.stages.1.1.conv.weight"
    np.testing.assert_array_equal(after.tensors[name].scales, before.tensors[name].scales)
    assert np.mean(after.tensors[name].codes != before.tensors[name].codes) < 0.1


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["--base", "none.sqz", "--bits", "4"], "--base: the file gets the steps of OLD"),
        (["--base", "none.sqz", "--bytes", "10"], "leave out --bytes, --bits and --method"),
        (["--price", "2"], "--price: of codes that differ from those of --base"),
        (["--base", "none.sqz"], "none.sqz: cannot be read"),
        (["--base", __file__], "no .sqz file, whose codes could be kept"),
        (["--bits", "9"], "--bits 9: give 2 to 8"),
        (["--bits", "none.json"], "none.json: no bits of layers"),
        (["--bits", "4", "--method", "shared"], "--bits: for equal steps"),
        (["--bits", "8", "--bytes", "200000"], "codes of these bits take .* more than 200,000; allow more"),
    ],
    ids=str,
)
def test_bits_that_are_refused(cli, tmp_path, words, wrong):
    outcome = cli("compress", "fast", *words, "--out", tmp_path)
    assert outcome.status == 2
    assert re.search(wrong, outcome.err)


def test_weights_that_are_not_there_cannot_be_compressed(cli, tmp_path):
    outcome = cli("compress", "none", "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "none: no such weights" in outcome.err
    assert not (tmp_path / "run").exists()
