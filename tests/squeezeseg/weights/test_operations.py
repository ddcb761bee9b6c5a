"""Lists of operations: what can't be run, or isn't bounded, is refused."""

from __future__ import annotations

import json

import pytest
from helpers.operations import FIRST, FOLDED, LAST, container, operations
from pydantic import TypeAdapter

from data.json_file import parse_json
from squeezeseg.weights.container import decode_container, encode_container
from squeezeseg.weights.operations import MOST_NUMBERS, Operations

SHAPES = {name: tensor.shape for name, tensor in container().tensors.items()}
RELU = {"kind": "Relu", "takes": ["a"], "gives": ["b"]}


def test_a_container_keeps_them():
    whole = encode_container(container())
    found = decode_container(whole)
    assert found.operations == operations()
    assert encode_container(found) == whole


def test_what_is_taken_is_named_once_in_order():
    assert list(operations().takes()) == [
        "scan",
        FIRST,
        "network.first.bias",
        "a",
        "b",
        FOLDED,
        "c",
        "least",
        "",
        "d",
        LAST,
    ]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"opset": 99}, "version 99, not 13 to 23"),
        ({"width_multiple": 0}, "width_multiple"),
        ({"operations": []}, "operations"),
        ({"operations": [{**RELU, "kind": "Loop"}]}, "unknown operation 'Loop'"),
        ({"operations": [{**RELU, "gives": []}]}, "gives"),
        ({"operations": [{**RELU, "given": {"body": {"graph": 1}}}]}, "given"),
        ({"constants": {"a": {"kind": "float64", "shape": [], "numbers": [0.5]}}}, "kind"),
        ({"constants": {"a": {"kind": "int64", "shape": [2], "numbers": [1]}}}, "1 numbers with the shape"),
        ({"constants": {"a": {"kind": "int64", "shape": [-1, -1], "numbers": [1]}}}, "1 numbers with the shape"),
        ({"constants": {"a": {"kind": "int64", "shape": [], "numbers": [0.5]}}}, "whole numbers"),
        ({"constants": {"a": {"kind": "int64", "shape": [], "numbers": [1 << 63]}}}, "whole numbers"),
        (
            {"constants": {"a": {"kind": "int64", "shape": [MOST_NUMBERS + 1], "numbers": [0] * (MOST_NUMBERS + 1)}}},
            "at most",
        ),
        ({"gives": []}, "gives"),
        ({"folds": {FOLDED: 1}}, "folds"),
        ({"int8": {"values": {"b": [0.0]}, "weights": []}}, "at least 2"),
        ({"int8": {"values": {"b": [1.0, 2.0]}, "weights": []}}, "no range with 0 in it"),
        ({"int8": {"values": {"b": [0.0, 0.0]}, "weights": []}}, "no range with 0 in it"),
        ({"int8": {"values": {"b": [-1.0, -0.5]}, "weights": []}}, "no range with 0 in it"),
        ({"more": 1}, "unknown entry more"),
    ],
)
def test_what_is_no_list_is_refused_in_a_line(changed, reason):
    text = json.dumps(operations().as_dict() | changed)
    with pytest.raises(ValueError, match=reason) as caught:
        parse_json(text, TypeAdapter(Operations))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"operations": [{**RELU, "takes": ["nothing"]}]}, "Relu takes 'nothing', which nothing gives"),
        ({"operations": [RELU]}, "Relu takes 'a', which nothing gives"),
        ({"operations": [{**RELU, "takes": ["scan"], "gives": ["scan"]}]}, "Relu gives 'scan', which there is"),
        ({"operations": [{**RELU, "takes": ["scan"], "gives": [FIRST]}]}, "which there is"),
        ({"gives": ["other"]}, "no operation gives 'other'"),
        ({"gives": [FIRST]}, "no operation gives"),
        ({"int8": {"values": {"least": [0.0, 1.0]}, "weights": []}}, "no operation gives 'least'"),
        ({"int8": {"values": {}, "weights": ["b"]}}, "'b': no weights of a convolution"),
        ({"folds": {"network.first.bias": 2}}, "no weights of a convolution"),
        ({"folds": {FIRST: 2}}, "not of 2 columns in one"),
    ],
)
def test_what_does_not_fit_the_tensors_is_refused(changed, reason):
    listed = parse_json(json.dumps(operations().as_dict() | changed), TypeAdapter(Operations))
    with pytest.raises(ValueError, match=reason):
        listed.check(SHAPES)
