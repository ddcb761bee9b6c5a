"""squeezeseg frontier, from the beginning to the picture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from helpers.samples import FakeSource

from apps.frontier import stages
from apps.frontier.options import NetworkOptions, SetOptions
from data.simulator import simulate
from squeezeseg.engines import processor
from squeezeseg.frontier import graphs, results
from squeezeseg.frontier.contestants import Contestant, trained_in, usual_networks
from squeezeseg.frontier.records import Record
from squeezeseg.networks import SearchRecord, architecture
from squeezeseg.networks.described import write_architecture
from squeezeseg.training import loop
from squeezeseg.weights import load_weights

processor.guard_matrix_unit()
TINY = ("fast", "fast1")
FOUND = replace(architecture("fast"), name="range-3ms-1", stages=(("fold_n16", "conv_c16"),), head=("unfold",))


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
def test_a_network_that_a_file_describes_is_compared(tmp_path, cli, one_thread):
    street, run, file = (
        simulate(tmp_path / "street", 6, 5, 2, 1.0, threads=1),
        tmp_path / "run",
        tmp_path / "found.json",
    )
    search = SearchRecord("some processor", 3e-3, 12.5, 7)
    write_architecture(file, FOUND, search)
    rest = ["--val", street, "--steps", 1, "--batch", 1, "--seconds", 0, "--rounds", 1, "--precision", "float32"]
    outcome = cli("frontier", street, "--out", run, "--model", file, *rest, "--json")
    assert outcome.status == 0, outcome.err
    (one,) = json.loads(outcome.out)["networks"]
    assert (one["model"], one["error"]) == ("range-3ms-1", None)
    assert one["macs"] > 0
    card = load_weights(run / "networks" / "range-3ms-1-seed0" / "model.safetensors").card
    assert (card.architecture, card.found) == (FOUND, search)
    # Another of that name isn't taken for it; without its file it stays in the result.
    write_architecture(file, replace(FOUND, stages=(("fold_n16", "conv_c32"),)))
    other = cli("frontier", street, "--out", run, "--model", file, *rest)
    assert other.status == 2
    assert "range-3ms-1 there is another network than that of" in other.err
    file.unlink()
    assert trained_in(run) == [Contestant("range-3ms-1")]
    assert trained_in(run)[0].architecture(run) == FOUND


@pytest.mark.slow
def test_two_networks_are_compared(tmp_path, cli, monkeypatch, one_thread):
    street = simulate(tmp_path / "street", 6, 5, 2, 1.0, threads=1)
    monkeypatch.setattr(graphs, "CALIBRATION_FRONTS", 2)
    trained, real_train = [], loop.train

    def train(settings, *arguments, **more):
        trained.append(settings.model)
        if len(trained) == 2:
            raise KeyboardInterrupt
        return real_train(settings, *arguments, **more)

    monkeypatch.setattr(loop, "train", train)
    run = tmp_path / "run"
    command = ["frontier", street, "--out", run, *(word for name in TINY for word in ("--model", name))]
    command += ["--val", street, "--steps", 2, "--batch", 1, "--seconds", 0, "--rounds", 1, "--json"]
    stopped = cli(*command)
    assert (stopped.status, stopped.out) == (130, "")
    assert f"interrupted; what is done is in {run}; go on with: squeezeseg" in stopped.err
    outcome = cli(*command)
    assert outcome.status == 0, outcome.err
    assert trained == [TINY[0], TINY[1], TINY[1]]
    found = json.loads(outcome.out)["networks"]
    assert sorted(one["model"] for one in found) == sorted(TINY)
    for one in found:
        assert (one["error"], one["errors"], one["frames"]) == (None, {}, {"simulated": 6})
        assert set(one["iou"]["simulated"]) == {"float32", "int8"}
        assert set(one["iou"]["simulated"]["int8"]) == {"car", "pedestrian", "cyclist", "mean"}
        assert {"float32", "int8"} <= set(one["ms"])
        assert 0 < one["energy_mj"]["int8"] < one["energy_mj"]["bfloat16"] < one["energy_mj"]["float32"]
        assert 0 < one["bytes"]["int8"] < one["bytes"]["float16"]
        assert one["train_seconds"] > 0
    assert (run / "frontier.png").is_file()
    # A finished run is drawn again, with the networks of earlier commands.
    again = cli("frontier", street, "--out", run, "--model", TINY[0], *command[8:])
    assert json.loads(again.out)["networks"] == found
    other = cli("frontier", street, "--out", run, "--model", TINY[0], "--val", street, "--steps", 3, "--batch", 1)
    assert other.status == 2
    assert "has the budget steps 2, not 3" in other.err


@pytest.fixture
def pretended(monkeypatch):
    """No data, training or measurement: networks of these scores, but for 'fast1', which fails."""
    iou = {"squeezeseg": 0.3, "fast": 0.4, "squeezesegv2": 0.2}
    trained = []

    def train(some, settings, samples, run, source):
        trained.append([(one.model, one.seed) for one in some])

    def gather(some, run, settings, tests, timings):
        records = [Record(one.model, one.seed, 1, 1, 1, 1, error=None if one.model in iou else "no") for one in some]
        return [
            replace(one, iou={"simulated": {"float32": {"mean": iou[one.model]}}}) if one.model in iou else one
            for one in records
        ]

    monkeypatch.setattr(stages, "test_sets", lambda *_: [])
    monkeypatch.setattr(stages, "prepare", lambda *_: ([None], None))
    monkeypatch.setattr(stages, "train_networks", train)
    monkeypatch.setattr(stages, "score_networks", lambda *_, **__: None)
    monkeypatch.setattr(stages, "time_networks", lambda *_: None)
    monkeypatch.setattr(results, "gather", gather)
    return trained


def test_the_best_are_trained_with_a_second_seed(pretended, tmp_path, cli):
    models = ["squeezeseg", "fast", "squeezesegv2", "fast1"]
    options = [word for name in models for word in ("--model", name)]
    outcome = cli("frontier", "--out", tmp_path, *options, "--second-seed-for", 2)
    assert outcome.status == 0, outcome.err
    first = [(name, 0) for name in models]
    assert pretended == [first, [*first, ("fast", 1), ("squeezeseg", 1)]]
    assert "warning: fast1, seed 0: failed, no" in outcome.err


def test_nothing_but_failures_is_an_error(pretended, tmp_path, cli):
    outcome = cli("frontier", "--out", tmp_path, "--model", "fast1")
    assert outcome.status == 2
    assert f"{tmp_path}: no network could be trained; the first: no" in outcome.err


def test_without_sources_other_streets_are_scored_than_learned_from(tmp_path, monkeypatch):
    made = []

    def open_or_simulate(paths, split, out, simulated, seed):
        made.append((paths, out.relative_to(tmp_path), simulated, seed))
        return [FakeSource(out)]

    monkeypatch.setattr(stages, "open_or_simulate", open_or_simulate)
    monkeypatch.setattr(stages, "store", lambda opened, folder, map_name: folder)
    tests = stages.test_sets(SetOptions(), tmp_path)
    assert [(one.kind, one.source.path) for one in tests] == [("simulated", tmp_path / "val")]
    assert stages.prepare([], SetOptions(simulate=9), tmp_path, "default")[1] == tmp_path / "samples"
    assert made == [([], Path("val"), 40, 7702), ([], Path(), 9, 7701)]


@pytest.mark.slow
def test_the_usual_networks_are_many_and_small():
    assert len(usual_networks(5.0)) >= 12
    assert {"squeezeseg", "squeezesegv2", "fast", "mobilenetv3-small+lraspp"} <= set(usual_networks(5.0))
    assert "mobilenetv3-small+lraspp" in usual_networks(1.0)
    assert "squeezeseg" not in usual_networks(1.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--model", "mobilenetv9"], "unknown model 'mobilenetv9'"),
        (["--seeds", "0;1"], "--seeds 0;1: whole numbers"),
        (["--model", "fast", "--steps", "0"], "steps"),
        (["--model", "fast", "--precision", "fp8"], "--precision fp8: unknown; use float32"),
        (["--model", "fast", "--val", "nowhere"], "nowhere: no such file or folder"),
    ],
)
def test_wrong_options_are_a_line(tmp_path, cli, options, said):
    outcome = cli("frontier", "--out", tmp_path / "run", *options)
    assert outcome.status == 2
    assert said in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_a_backbone_alone_gets_its_usual_head():
    options = NetworkOptions(["espnet-c", "fast", "espnet-c+espnet"], seeds="2,0")
    assert stages.chosen(options) == [
        Contestant("espnet-c+espnet", 2), Contestant("fast", 2), Contestant("espnet-c+espnet"), Contestant("fast")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["../up"], "'../up' is no name for a folder"),
        ([""], "'' is no name for a folder"),
        (["fast1"], "fast1 is another network's name"),
        (["found", "found"], "networks of one name, found"),
    ],
)
def test_names_in_files_that_are_refused(tmp_path, cli, names, said):
    options = []
    for number, name in enumerate(names):
        write_architecture(tmp_path / f"{number}.json", replace(FOUND, name=name))
        options += ["--model", tmp_path / f"{number}.json"]
    outcome = cli("frontier", "--out", tmp_path / "run", *options)
    assert outcome.status == 2
    assert said in outcome.err


def test_a_file_twice_is_one_network(tmp_path):
    write_architecture(tmp_path / "a.json", FOUND)
    file = str(tmp_path / "a.json")
    (one, second) = stages.chosen(NetworkOptions([file, file], seeds="0,1"))
    assert (one.model, one.file, second.seed, second.file) == ("range-3ms-1", file, 1, file)
