"""The network that `auto` stands for."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from projection import InputError
from squeezeseg import InferenceSettings, Segmenter
from squeezeseg.inference import network_choice
from squeezeseg.inference.fastest import Candidate
from squeezeseg.inference.network_choice import choose_network, named
from squeezeseg.weights import load_weights, shipped_models
from squeezeseg.weights.model import find_weights
from squeezeseg.weights.scores import Comparison

ENGINE = Candidate("openvino", "float32")


@pytest.fixture
def shipped(monkeypatch):
    """Gives the package other networks: by name their mean IoU, and milliseconds for a front view, None for no times.

    Returns the names of those that were timed.
    """

    def ship(scores, milliseconds):
        model = load_weights(shipped_models()[0])
        timed = []

        def load(name):
            return replace(model, card=replace(model.card, file=name))

        def times(one, _):
            timed.append(one.card.file)
            taken = milliseconds.get(one.card.file)
            return None if taken is None else {ENGINE: taken, Candidate("torch", "float32"): 9 * taken}

        def candidates(one, *_):
            if one.card.file not in milliseconds:
                raise InputError("does not run")
            return [ENGINE]

        monkeypatch.setattr(network_choice, "shipped_models", lambda: tuple(sorted({*scores, *milliseconds})))
        monkeypatch.setattr(network_choice, "load_weights", load)
        monkeypatch.setattr(network_choice, "load_card", lambda name: load(name).card)
        monkeypatch.setattr(network_choice, "times", times)
        monkeypatch.setattr(network_choice, "candidates", candidates)
        monkeypatch.setattr(network_choice, "on_gpu", lambda *_: False)
        monkeypatch.setattr(network_choice, "compare", lambda *_: Comparison(scores, ("a set",) * bool(scores)))
        return timed

    return ship


@pytest.mark.parametrize(
    ("scores", "milliseconds", "view", "chosen"),
    [
        # The best that keeps up: a third of a turn is 33 ms, four times a front view.
        ({"a": 0.7, "b": 0.8, "c": 0.6}, {"a": 1.0, "b": 8.0, "c": 0.1}, "full", "b"),
        ({"a": 0.7, "b": 0.8, "c": 0.6}, {"a": 1.0, "b": 8.5, "c": 0.1}, "full", "a"),
        ({"a": 0.7, "b": 0.8, "c": 0.6}, {"a": 1.0, "b": 8.5, "c": 0.1}, "front", "b"),
        # About as good: the fastest.
        ({"a": 0.795, "b": 0.8, "c": 0.6}, {"a": 1.0, "b": 2.0, "c": 0.1}, "full", "a"),
        ({"a": 0.785, "b": 0.79, "c": 0.8}, {"a": 1.0, "b": 2.0, "c": 9.0}, "full", "a"),
        ({"a": 0.8, "b": 0.8}, {"a": 2.0, "b": 1.0}, "full", "b"),
        # None keeps up: the fastest of all.
        ({"a": 0.7, "b": 0.8, "c": 0.6}, {"a": 50.0, "b": 80.0, "c": 40.0}, "full", "c"),
        # Without times scores decide, without scores times do, and the name where there are neither.
        ({"a": 0.7, "b": 0.8}, {"a": None, "b": None}, "full", "b"),
        ({}, {"a": 2.0, "b": 1.0}, "full", "b"),
        ({}, {"b": None, "a": None}, "full", "a"),
        # What has no comparable scores is left out, and so is what doesn't run.
        ({"a": 0.7, "b": 0.8}, {"a": 1.0, "b": 1.0, "c": 0.1}, "full", "b"),
        ({"a": 0.7, "b": 0.8, "c": 0.75}, {"a": 1.0, "c": 1.0}, "full", "c"),
        ({"a": 0.7, "b": 0.8}, {}, "full", "b"),
    ],
)  # fmt: skip
def test_the_best_score_that_keeps_up_is_taken(shipped, scores, milliseconds, view, chosen):
    shipped(scores, milliseconds)
    assert choose_network(view).name == chosen


def test_networks_that_cannot_be_taken_are_not_timed(shipped):
    timed = shipped({"a": 0.7, "b": 0.8, "c": 0.795, "d": 0.9}, dict.fromkeys("abc", 1.0) | {"d": 99.0})
    assert choose_network("full").name == "b"
    assert timed == ["d", "b", "c"]


def test_weights_are_read_of_those_alone_that_may_be_taken(shipped, monkeypatch):
    shipped({"a": 0.7, "b": 0.8, "c": 0.6}, dict.fromkeys("abc", 1.0))
    read, load = [], network_choice.load_weights
    monkeypatch.setattr(network_choice, "load_weights", lambda name: read.append(name) or load(name))
    assert choose_network("full").name == "b"
    assert set(read) == {"b"}


def test_a_gpu_is_not_timed(shipped, monkeypatch):
    timed = shipped({"a": 0.7, "b": 0.8}, {"a": 1.0, "b": 99.0})
    monkeypatch.setattr(network_choice, "on_gpu", lambda *_: True)
    assert choose_network("full").name == "b"
    assert timed == []


def test_the_only_network_is_not_timed(shipped):
    timed = shipped({"a": 0.7}, {"a": 1.0, "b": 0.1})
    assert choose_network("full").name == "a"
    assert timed == []


@pytest.mark.parametrize(
    ("scores", "milliseconds", "reason"),
    [
        ({"a": 0.7, "b": 0.8}, {"a": 1.0, "b": 2.0}, "highest mean IoU, 80.0 % (a set); 8.0 ms of the 100"),
        ({"a": 0.7, "b": 0.8}, {"a": 1.0, "b": 9.0}, "70.0 % (a set) of those that keep up with a sensor here; 4.0 ms"),
        ({"a": 0.795, "b": 0.8}, {"a": 1.0, "b": 2.0}, "about as good as b, and faster here; 4.0 ms"),
        ({"a": 0.7, "b": 0.8}, {"a": 20.0, "b": 30.0}, "the fastest here, 80.0 ms"),
        ({"a": 0.7, "b": 0.8}, {"a": None, "b": None}, "80.0 % (a set); no times are known"),
        ({}, {"a": None, "b": None}, "the first by name, for no scores can be compared; no times are known"),
    ],
)  # fmt: skip
def test_the_reason_is_told(shipped, scores, milliseconds, reason):
    shipped(scores, milliseconds)
    assert reason in choose_network("full").reason


def test_engine_and_precision_that_are_asked_for_are_those_that_count(shipped, monkeypatch):
    shipped({"a": 0.7, "b": 0.8}, {"a": 1.0, "b": 1.0})
    asked = []

    def candidates(_, *options):
        asked.append(options)
        return [ENGINE]

    monkeypatch.setattr(network_choice, "candidates", candidates)
    named(InferenceSettings.given(engine="onnxruntime", precision="float32"))
    assert set(asked) == {("onnxruntime", "float32")}


def test_a_segmenter_and_its_settings_have_the_name_which_is_told_once(caplog):
    with caplog.at_level(logging.INFO):
        segmenter = Segmenter.load("auto", view="front")
    name = segmenter.settings.model
    assert name in shipped_models()
    assert segmenter.card.file == find_weights(name).name
    assert [one.getMessage() for one in caplog.records if "--model auto" in one.getMessage()] == [
        f"--model auto takes {name}: {choose_network('front').reason}"
    ]


def test_settings_with_a_network_stay_as_they_are(caplog):
    settings = InferenceSettings.given(model="mine.safetensors")
    with caplog.at_level(logging.INFO):
        assert named(settings) is settings
    assert caplog.records == []


def test_what_was_not_given_stays_so():
    assert named(InferenceSettings.given(view="front")).model_fields_set == {"view", "model"}
