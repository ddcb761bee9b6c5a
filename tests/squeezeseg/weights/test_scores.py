"""Scores are compared where they were had on the same set, in the same way."""

from __future__ import annotations

import pytest
from helpers.models import card

from squeezeseg.weights import load_weights, shipped_models
from squeezeseg.weights.scores import compare

SCORE = {
    "frames": 40,
    "per": "point",
    "class_map": "default",
    "view": [180.0, -180.0],
    "engine": "openvino float32 on cpu",
    "settings": {"crf": True, "neighbours": 5},
    "truth_points": {"car": 900, "pedestrian": 80, "cyclist": 7},
}


def score(mean, **fields):
    """A score of three classes with a mean."""
    return SCORE | {"iou": {"car": mean + 0.1, "pedestrian": mean, "cyclist": mean - 0.1}} | fields


def compared(scores, view="full"):
    found = compare({name: card(name, scores=own) for name, own in scores.items()}, view)
    return {name: round(mean, 6) for name, mean in found.mean_iou.items()}, set(found.sets)


def front(mean, **fields):
    return score(mean, view=[45.0, -45.0], **fields)


@pytest.mark.parametrize(
    ("scores", "means", "sets"),
    [
        ({"a": {"x": score(0.5)}, "b": {"x": score(0.6)}}, {"a": 0.5, "b": 0.6}, {"x"}),
        ({"a": {"x": score(0.5), "y": score(0.7)}, "b": {"x": score(0.4), "y": score(0.6)}}, {"a": 0.6, "b": 0.5},
         {"x", "y"}),
        # One that was scored on another set, or on none, isn't compared.
        ({"a": {"x": score(0.5)}, "b": {"x": score(0.6)}, "c": {"y": score(0.9)}, "d": {}}, {"a": 0.5, "b": 0.6},
         {"x"}),
        # A set that only one of them has doesn't count.
        ({"a": {"x": score(0.5), "y": score(0.9)}, "b": {"x": score(0.6)}}, {"a": 0.5, "b": 0.6}, {"x"}),
        # The view that is asked for counts, another one only without.
        ({"a": {"x": score(0.5), "y": front(0.9)}, "b": {"x": score(0.6), "y": front(0.9)}}, {"a": 0.5, "b": 0.6},
         {"x"}),
        # So do simulated sets only where no real one does, of whatever view.
        ({"a": {"x": score(0.9, simulated=True), "y": front(0.5)}, "b": {"y": front(0.7)}}, {"a": 0.5, "b": 0.7},
         {"y"}),
        ({"a": {"x": score(0.9, simulated=True)}, "b": {"x": score(0.6, simulated=True)}}, {"a": 0.9, "b": 0.6}, {"x"}),
        ({"a": {"y": front(0.8)}, "b": {"y": front(0.9)}}, {"a": 0.8, "b": 0.9}, {"y"}),
        # Neither other engines nor intervals make another set of it.
        ({"a": {"x": score(0.5)}, "b": {"x": score(0.6, engine="torch", intervals={})}}, {"a": 0.5, "b": 0.6}, {"x"}),
        ({"a": {"x": score(0.5)}}, {"a": 0.5}, {"x"}),
        ({"a": {}, "b": {}}, {}, set()),
        ({"a": {"x": score(0.5)}, "b": {"y": score(0.5)}}, {}, set()),
    ],
)  # fmt: skip
def test_networks_are_compared_on_the_sets_that_most_of_them_share(scores, means, sets):
    assert compared(scores) == (means, sets)


@pytest.mark.parametrize(
    "other",
    [
        {"frames": 39},
        {"per": "pixel"},
        {"class_map": "squeezeseg"},
        {"settings": {"crf": False, "neighbours": 5}},
        {"truth_points": {"car": 901, "pedestrian": 80, "cyclist": 7}},
    ],
    ids=lambda other: next(iter(other)),
)
def test_another_truth_or_way_is_another_set_by_the_same_name(other):
    assert compared({"a": {"x": score(0.5)}, "b": {"x": score(0.9, **other)}}) == ({}, set())


@pytest.mark.parametrize(
    "bad",
    [
        {},
        "0.9",
        {"iou": {"car": 0.9}},
        score(0.9, iou={"car": 0.9, "pedestrian": None, "cyclist": 0.9}),
        score(0.9, truth_points={"car": 900, "pedestrian": 0, "cyclist": 7}),
        score(0.9, iou={"car": "high", "pedestrian": 0.9, "cyclist": 0.9}),
    ],
)
def test_a_set_without_all_classes_and_what_is_no_score_are_left_out(bad):
    assert compared({"a": {"x": score(0.5), "y": bad}, "b": {"x": score(0.6), "y": bad}})[1] == {"x"}


@pytest.mark.parametrize("view", ["front", "full"])
def test_the_networks_in_the_package_can_be_compared(view):
    cards = {name: load_weights(name).card for name in shipped_models()}
    found = compare(cards, view)
    assert len(found.mean_iou) > 1
    assert not any(cards[name].scores[one].get("simulated") for name in cards for one in found.sets)
