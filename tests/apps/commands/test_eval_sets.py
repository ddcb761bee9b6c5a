"""squeezeseg eval SETS.yaml."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from helpers.drive import write_drive
from helpers.engine import EMBEDDED

from data.labels import CAR, CYCLIST
from squeezeseg import Segmenter


@pytest.fixture(autouse=True)
def _reflectance(reflectance, monkeypatch):
    monkeypatch.setenv("SQUEEZESEG_MODEL", EMBEDDED)


@pytest.fixture
def sets(tmp_path):
    """Two real sets, and a simulated one that is held out."""
    write_drive(tmp_path / "a")
    write_drive(tmp_path / "b", frames=2)
    file = tmp_path / "sets.yaml"
    file.write_text(
        "sets:\n"
        "  - {name: a, source: a, kind: real, view: front}\n"
        "  - {name: b, source: b, kind: real}\n"
        "  - {name: c, source: b, kind: simulated, held_out: true}\n"
    )
    return file


def scored(cli, *arguments):
    outcome = cli("eval", *arguments, "--json")
    assert outcome.status == 0, outcome.err
    return json.loads(outcome.out)


def test_sets_are_scored_as_by_themselves_and_pooled(sets, cli):
    result = scored(cli, sets)
    (model,) = result["models"]
    assert (list(model["pools"]), list(model["sets"]), result["left_out"]) == (["real"], ["a", "b"], ["c"])
    alone = {
        "a": json.loads(cli("eval", sets.parent / "a", "--view", "front", "--json").out),
        "b": json.loads(cli("eval", sets.parent / "b", "--json").out),
    }
    for name, expected in alone.items():
        for key in ("iou", "confusion", "by_distance", "objects", "reliability", "view"):
            assert model["sets"][name][key] == expected[key], (name, key)
    pooled = model["pools"]["real"]
    assert pooled["frames"] == 5
    assert pooled["truth_points"]["car"] == sum(one["truth_points"]["car"] for one in alone.values())
    assert pooled["objects"]["car"]["truth"] == 5
    assert [frame["name"].split("/")[0] for frame in model["frame_counts"]] == ["a"] * 3 + ["b"] * 2


def test_each_look_is_counted_and_the_held_out_ones_apart(sets, cli):
    scored(cli, sets)
    result = scored(cli, sets, "--held-out")
    assert list(result["models"][0]["pools"]) == ["real", "simulated, held out"]
    looks = result["models"][0]["looks"]
    assert (looks["count"], looks["held_out"]) == (2, 1)
    lines = [json.loads(line) for line in (sets.parent / "sets.looks.jsonl").read_text().splitlines()]
    assert [line["held_out"] for line in lines] == [False, True]
    assert lines[0]["checksum"] == "0" * 64
    assert lines[0]["pools"]["real"]["iou"]["car"] == result["models"][0]["pools"]["real"]["iou"]["car"]
    assert "looks at these sets so far: 3, of which 1 at those held out" in cli("eval", sets).out


def test_against_an_earlier_result(sets, cli):
    old = sets.parent / "old.json"
    scored(cli, sets, "--out", old)
    (change,) = scored(cli, sets, "--against", old)["differences"]
    assert change["against"] == f"{old}: squeezeseg"
    assert change["pools"]["real"]["frames"] == 5
    assert change["sets"]["b"]["frames"] == 2
    assert change["pools"]["real"]["iou"]["car"]["difference"] == 0
    assert f"against {old}" in cli("eval", sets, "--against", old).out


def test_several_models_are_compared_with_the_first(sets, cli):
    result = scored(cli, sets, "--model", "squeezeseg", "--model", "fast")
    assert [model["name"] for model in result["models"]] == ["squeezeseg", "fast"]
    assert [(one["model"], one["against"]) for one in result["differences"]] == [("fast", "squeezeseg")]
    assert result["models"][1]["looks"]["count"] == 2


def test_with_and_without_the_crf(sets, cli, monkeypatch):
    def both(self, scan):
        plain = self(scan)
        return plain, replace(plain, labels=np.where(plain.labels == CAR, CYCLIST, plain.labels))

    monkeypatch.setattr(Segmenter, "compare_crf", both)
    model = scored(cli, sets, "--compare-crf")["models"][0]
    without = model["without_crf"]["pools"]["real"]
    assert without["iou"]["car"] == 0
    assert without["gain"]["iou"]["car"]["difference"] == model["pools"]["real"]["iou"]["car"]
    assert "IoU without CRF, and its gain" in cli("eval", sets, "--compare-crf").out


class _Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.images = set(), set(), 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.images += tag == "img"
        if "id" in found:
            assert found["id"] not in self.ids
            self.ids.add(found["id"])
        if "href" in found:
            self.links.add(found["href"].removeprefix("#"))


def test_the_page_has_all_sets_and_the_worst_frames_of_each_pool(sets, cli):
    page = sets.parent / "page.html"
    outcome = cli("eval", sets, "--held-out", "--html", page, "--pictures", "1", "--note", "<b>mine</b>")
    assert outcome.status == 0, outcome.err
    text = page.read_text()
    found = _Links(text)
    assert found.links <= found.ids
    assert found.images == 2 * 3
    for words in ("squeezeseg, simulated, held out", "2 sets pooled", "a/0000000000", "&lt;b&gt;mine", "car ECE"):
        assert words in text, words


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--view", "front"), "--view: not with a file of sets"),
        (("--predictions", "run"), "--predictions: not with a file of sets"),
        (("--pictures", "2"), "give --html FILE as well"),
        (("--model", "fast", "--model", "fast"), "--model fast: given twice"),
        (("--against", "missing.json"), "missing.json: cannot be read"),
        (("--against", "sets.yaml"), "sets.yaml: no result of 'squeezeseg eval SETS.yaml --out FILE'"),
        (("--compare-crf", "--no-crf"), "--compare-crf: squeezeseg runs no CRF"),
        (("--model", "nothing"), "nothing"),
    ],
)
def test_options_that_make_no_sense_are_refused(sets, cli, monkeypatch, options, says):
    monkeypatch.chdir(sets.parent)
    outcome = cli("eval", "sets.yaml", *options)
    assert (outcome.status, outcome.out) == (2, "")
    assert says in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("option", [("--against", "a.json"), ("--held-out",), ("--compare-crf",)])
def test_options_for_sets_are_refused_for_a_recording(drive, cli, option):
    outcome = cli("eval", drive, *option)
    assert (outcome.status, outcome.err) == (2, f"error: {option[0]}: for a .yaml file of sets, not for a recording\n")


def test_several_models_on_a_recording_are_refused(drive, cli):
    assert "give one for a recording" in cli("eval", drive, "--model", "fast", "--model", "squeezeseg").err


def test_a_set_that_cannot_be_opened_is_named(sets, cli):
    shutil.rmtree(sets.parent / "b")
    assert cli("eval", sets).err.startswith("error: set 'b': ")


@pytest.mark.parametrize("line", ["nonsense", "{}", "[]"])
def test_a_record_of_looks_that_is_none_is_told_before_anything_is_scored(sets, cli, line):
    (sets.parent / "sets.looks.jsonl").write_text(line + "\n")
    outcome = cli("eval", sets)
    assert (outcome.status, "no record of a look" in outcome.err) == (2, True)


def test_sets_that_are_all_held_out(sets, cli):
    sets.write_text("sets:\n  - {name: a, source: a, kind: real, held_out: true}\n")
    assert "--held-out scores them" in cli("eval", sets).err
    sets.write_text("sets:\n  - {name: a, source: a, kind: real}\n")
    assert "has no set that is held out" in cli("eval", sets, "--held-out").err
