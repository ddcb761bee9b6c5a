"""Scores of networks alone, kept beside their weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.engine import segmenter
from helpers.samples import FakeSource

from data.labels import CLASS_MAPS
from projection import InputError
from squeezeseg import Segmenter, load_model, save_model
from squeezeseg.evaluation.metrics import Confusion
from squeezeseg.frontier.scores import ScoreBook, TestSet, named_iou
from squeezeseg.weights.convert import convert

MAP = CLASS_MAPS["default"]


@pytest.fixture
def weights(tmp_path):
    convert("fast", tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.fixture
def asked(monkeypatch):
    """How networks were asked for. What reflects strongly is a car to them."""
    seen = []

    def load(weights, **given):
        seen.append({name: given[name] for name in ("view", "engine", "precision", "crf", "objects", "neighbours")})
        return segmenter(sensor=given["sensor"], crf=False, objects=False, neighbours=0)

    monkeypatch.setattr(Segmenter, "load", load)
    return seen


def test_sets_of_one_kind_are_counted_together(weights, asked, tmp_path):
    tests = [
        TestSet("simulated", FakeSource(tmp_path / "a", frames=1)),
        TestSet("simulated", FakeSource(tmp_path / "b", frames=2)),
        TestSet("real", FakeSource(tmp_path / "c", frames=1)),
    ]
    book = ScoreBook(weights)
    assert len(book.missing(["float32"], tests)) == 3
    assert book.pooled("float32", tests) == {}
    for test in tests[:2]:
        book.score("float32", test, MAP)
    again = ScoreBook(weights)
    assert again.missing(["float32"], tests) == [("float32", tests[2])]
    assert len(again.missing(["float32", "int8"], tests)) == 4
    matrices = [again.find("float32", test).matrix for test in tests[:2]]
    pooled = again.pooled("float32", tests)
    assert pooled == {"simulated": named_iou(Confusion(sum(matrices)))}
    assert pooled["simulated"]["car"] > 0
    assert pooled["simulated"]["cyclist"] is None


@pytest.mark.parametrize(("around", "view"), [(True, "full"), (False, "front")])
def test_the_network_alone_is_scored_where_there_are_labels(weights, asked, tmp_path, around, view):
    source = FakeSource(tmp_path / "a", frames=1)
    source.labels_around = around
    ScoreBook(weights).score("int8", TestSet("real", source), MAP)
    assert asked == [
        {"view": view, "engine": "openvino", "precision": "int8", "crf": False, "objects": False, "neighbours": 0}
    ]


def test_scores_of_other_weights_or_frames_do_not_count(weights, asked, tmp_path):
    test = TestSet("real", FakeSource(tmp_path / "a", frames=1))
    ScoreBook(weights).score("float32", test, MAP)
    assert ScoreBook(weights).find("float32", TestSet("simulated", test.source)) is None
    assert ScoreBook(weights).find("float32", TestSet("real", FakeSource(tmp_path / "a", frames=2))) is None
    model = load_model(weights)
    save_model(weights, replace(model, card=replace(model.card, temperature=2.0)))
    assert ScoreBook(weights).find("float32", test) is None


def test_damaged_scores_are_made_again(weights, tmp_path):
    (weights.parent / "scores.json").write_text("[{]")
    test = TestSet("real", FakeSource(tmp_path / "a", frames=1))
    assert ScoreBook(weights).missing(["float32"], [test]) == [("float32", test)]


def test_a_set_without_labels_is_refused(tmp_path):
    with pytest.raises(InputError, match="no labels to score against"):
        TestSet("real", FakeSource(tmp_path / "a", frames=1, unlabelled=(0,)))


def test_the_mean_is_of_the_classes_that_occur():
    matrix = np.zeros((4, 4), np.int64)
    matrix[0, 0], matrix[1, 1], matrix[1, 0], matrix[2, 0] = 9, 3, 1, 5
    assert named_iou(Confusion(matrix)) == {"car": 0.75, "pedestrian": 0.0, "cyclist": None, "mean": 0.375}
