"""squeezeseg models."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.models import fresh_network

from squeezeseg.catalogue import speed
from squeezeseg.catalogue.entries import Counts, counted, entries_of, range_image_entries
from squeezeseg.catalogue.speed import Speed
from squeezeseg.inference.network_choice import NetworkChoice
from squeezeseg.networks import ARCHITECTURES, SearchRecord, architecture, zoo
from squeezeseg.weights import load_weights, record_score, save_model
from squeezeseg.weights.convert import convert

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def uncounted(monkeypatch):
    """Nothing is counted, which would take seconds."""
    monkeypatch.setattr("apps.models.gather.counted", lambda *_: {})


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A folder with a run in runs/mine, and another under a frontier."""
    monkeypatch.chdir(tmp_path)
    for folder in ("mine", "night/networks/fast-seed0"):
        (tmp_path / "runs" / folder).mkdir(parents=True)
        convert("fast", tmp_path / "runs" / folder / "model.safetensors")
    return tmp_path / "runs"


def test_json_lists_all_that_can_be_built_and_all_that_is_trained(cli, runs, uncounted):
    result = json.loads(cli("models", "--json").out)
    assert [one["name"] for one in result["trained"]] == [
        "amx-1500us",
        "fast",
        "squeezeseg",
        "runs/mine/model.safetensors",
        "runs/night/networks/fast-seed0/model.safetensors",
    ]
    names = {one["name"] for one in result["networks"]}
    assert {*ARCHITECTURES, *(f"{name}+{head}" for name in zoo.BACKBONES for head in zoo.heads(name))} == names
    assert all(architecture(name).name == name for name in names)
    assert [one["name"] for one in result["published"]] == list(zoo.BACKBONES)


def test_what_nobody_counted_measured_or_scored_is_null(cli, uncounted):
    result = json.loads(cli("models", "mobilenetv3-small", "--json").out)
    (one,), (published,) = result["networks"], result["published"]
    assert (one["parameters"], one["gmac"], one["ms"], one["measured"]) == (None, None, None, None)
    assert one["bytes"] == {"float16": None, "int8": None}
    assert published["image"] == {"height": 224, "width": 224}


def test_numbers_of_a_named_network(cli):
    result = json.loads(cli("models", "squeezenet1.1", "--json").out)
    assert result["published"][0]["parameters"] == 1_235_496
    (one,) = result["networks"]
    assert one["name"] == "squeezenet1.1+fire"
    assert one["bytes"] == {"float16": 2 * one["parameters"], "int8": one["parameters"]}
    assert one["gmac"] == pytest.approx(2.79, abs=0.01)


def test_numbers_of_trained_weights(cli, runs, uncounted):
    file = runs / "mine" / "model.safetensors"
    record_score(file, "my drive", {"iou": {"car": 0.5, "cyclist": None}, "frames": 3})
    record_score(file, "odd", {"frames": 3})
    (one,) = json.loads(cli("models", file, "--json").out)["trained"]
    parameters = sum(p.numel() for p in fresh_network("fast").parameters())
    assert (one["model"], one["shipped"], one["parameters"]) == ("fast", False, parameters)
    assert one["bytes"]["float16"] == file.stat().st_size
    assert one["bytes"]["container"] is None
    convert(file, runs / "mine" / "a.sqz")
    (one,) = json.loads(cli("models", runs / "mine" / "a.sqz", "--json").out)["trained"]
    assert one["bytes"]["container"] == (runs / "mine" / "a.sqz").stat().st_size
    assert one["iou"]["my drive"] == {"car": 0.5, "cyclist": None}
    assert "odd" not in one["iou"]


def test_the_table_of_a_run_is_headed_by_its_place_and_shows_its_scores(cli, runs, uncounted):
    for file in runs.rglob("model.safetensors"):
        record_score(file, "my drive, all of it, by a summer night", {"iou": {"car": 0.5}})
    outcome = cli("models", "runs")
    assert outcome.status == 0
    assert "Trained, in runs\n" in "\n".join(line.rstrip() for line in outcome.out.splitlines()) + "\n"
    assert "mine (fast)" in outcome.out
    assert "Trained, in runs/night/networks" in outcome.out
    assert "IoU of fast-seed0, per cent" in outcome.out


def test_what_auto_takes_is_told_for_both_views(cli, uncounted, monkeypatch):
    monkeypatch.setattr("apps.models.gather.choose_network", lambda view, *_: NetworkChoice("mine", f"best for {view}"))
    told = json.loads(cli("models", "fast", "--json").out)["auto"]
    assert told == {view: {"name": "mine", "reason": f"best for {view}"} for view in ("full", "front")}
    lines = cli("models", "fast").out.splitlines()
    assert [line for line in lines if "auto" in line] == [
        "--model auto takes mine: best for full", "--model auto takes mine: best for front"
    ]  # fmt: skip


def test_a_network_that_was_found_says_for_what(cli, runs, uncounted):
    file, search = (
        runs / "mine" / "model.safetensors",
        SearchRecord("some target", 3e-3, 12.5, 7, "squeezeseg search", 0.99, 0.04),
    )
    model = load_weights(file)
    save_model(file, replace(model, card=replace(model.card, found=search)))
    by_hand, found = json.loads(cli("models", "fast", file, "--json").out)["trained"]
    assert (found["found_for"], found["search_core_minutes"]) == ("3 ms on some target", 12.5)
    assert found["table"] == {"correlation": 0.99, "error": 0.04}
    assert found["bytes"]["file"] == file.stat().st_size
    assert {"ms", "iou"} <= found.keys()
    assert [by_hand[key] for key in ("found_for", "search_core_minutes", "table")] == [None] * 3
    assert "found by search for 3 ms on some target, in 12.5 core-minutes" in cli("models", file).out


def test_all_tables_fit_80_columns(cli, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    huge = Counts(66_347_960, 37_746_000_000)
    monkeypatch.setattr("apps.models.gather.counted", lambda entries, _: dict.fromkeys((e.key for e in entries), huge))
    told = (line.rstrip() for line in cli("models").out.splitlines())
    sentences = ("--model auto", "found by search")
    lines = [line for line in told if not any(one in line for one in sentences)]
    assert sum("66,347,960" in line for line in lines) >= 45
    assert max(map(len, lines)) <= 80


def test_a_measurement_is_remembered_for_this_processor_alone(cli, uncounted, monkeypatch):
    monkeypatch.setattr("apps.models.gather.load_engine", lambda _: None)
    here = Speed(6.94, "some engine", speed.processor.describe().name, "2026-01-02")
    monkeypatch.setattr(speed, "measure", lambda *_: here)
    measured = json.loads(cli("models", "fast", "--measure", "--json").out)["trained"][0]
    again = json.loads(cli("models", "fast", "--json").out)["trained"][0]
    assert measured["ms"] == again["ms"] == 6.94
    assert again["measured"]["engine"] == "some engine"
    assert "ms: some engine, 2026-01-02" in cli("models", "fast").out
    checksum = load_weights("fast").card.checksum
    speed.keep({checksum: Speed(1.0, "some engine", "another processor", "2026-01-02")})
    assert json.loads(cli("models", "fast", "--json").out)["trained"][0]["ms"] is None


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["mobilnetv2"], "did you mean mobilenetv2?"),
        (["mobilenetv2@width=x"], "'width=x' is no metaparameter of mobilenetv2"),
        (["nowhere.safetensors"], "nowhere.safetensors: no such weights"),
        (["alexnet", "--measure"], "none of these is for range images"),
    ],
)
def test_mistakes(cli, uncounted, arguments, complaint):
    outcome = cli("models", *arguments)
    assert outcome.status == 2
    assert complaint in outcome.err


def test_a_network_that_is_not_trained_is_timed_when_it_is_named(cli, uncounted, monkeypatch):
    here = Speed(3.25, "some engine", speed.processor.describe().name, "2026-01-02")
    monkeypatch.setattr(speed, "measure_fresh", lambda entry: here)
    (one,) = json.loads(cli("models", "fast1", "--measure", "--json").out)["networks"]
    assert (one["name"], one["ms"]) == ("fast1", 3.25)


def test_a_picture_network_alone_is_found(cli, uncounted):
    result = json.loads(cli("models", "alexnet", "mobilenetv1@resolution=128", "--json").out)
    assert not result["networks"]
    assert [one["image"]["width"] for one in result["published"]] == [227, 128]


def test_counts_are_kept(monkeypatch):
    entries = [one for one in range_image_entries() if one.name == "fast"]
    assert counted(entries)[entries[0].key].parameters == 320_320
    monkeypatch.setattr("squeezeseg.profiling.counting.count", lambda _: pytest.fail("counted again"))
    assert counted(entries)[entries[0].key].macs == pytest.approx(0.593e9, rel=0.01)


def test_without_pytorch_nothing_is_counted(monkeypatch):
    monkeypatch.setattr("squeezeseg.catalogue.entries.installed", lambda _: False)
    assert counted(entries_of("shufflenetv2@width=0.5")) == {}


def test_an_engine_is_timed_on_images_that_it_takes():
    shapes = []

    class Fake:
        name, width_multiple = "fake", 96

        def __call__(self, image):
            shapes.append(image.shape)

    found = speed.measure(Fake(), 8, 4, 128, seconds=0.0)
    assert set(shapes) == {(1, 8, 4, 192)}
    assert found.engine == "fake"


@pytest.mark.slow
def test_the_documents_table_says_what_json_says(cli):
    result = json.loads(cli("models", *ARCHITECTURES, *zoo.BACKBONES, "--json").out)
    published = {one["name"]: one for one in result["published"]}

    def numbers(one, form, factor):
        return [f"{one['parameters']:,}", f"{factor * one['gmac']:{form}}"] if one else ["", ""]

    rows = {}
    for one in result["networks"]:
        base = published.get(one["name"].partition("+")[0])
        rows[f"`{one['name']}`"] = [*numbers(one, ".2f", 1), *numbers(base, ",.1f", 1e3)]
    for name in zoo.PUBLISHED_FORM_ONLY:
        rows[f"(`{name}`)"] = ["", "", *numbers(published[name], ",.1f", 1e3)]
    text = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
    table = text.partition("| network for range images |")[2].partition("\n\n")[0].splitlines()[2:]
    assert {cells[0]: cells[1:] for cells in ([cell.strip() for cell in row.split("|")[1:-1]] for row in table)} == rows


def test_a_folder_with_a_networks_name_does_not_hide_it(cli, uncounted, tmp_path, monkeypatch):
    (tmp_path / "squeezeseg").mkdir()
    monkeypatch.chdir(tmp_path)
    result = json.loads(cli("models", "squeezeseg", "--json").out)
    assert [one["name"] for one in result["trained"] + result["networks"]] == ["squeezeseg", "squeezeseg"]
