from __future__ import annotations

import json
from dataclasses import replace

import pytest

from projection import InputError
from squeezeseg.networks import ARCHITECTURES, SearchRecord, architecture, described
from squeezeseg.networks.batch_norm import BatchNorm
from squeezeseg.networks.described import read_architecture, write_architecture

FAST = ARCHITECTURES["fast"]


@pytest.mark.parametrize(
    "one", [*ARCHITECTURES.values(), replace(FAST, name="other", norm=BatchNorm(1e-3, 0.01))], ids=lambda one: one.name
)
def test_an_architecture_is_read_as_it_was_written(tmp_path, one):
    write_architecture(tmp_path / "a.json", one)
    assert read_architecture(tmp_path / "a.json") == architecture(str(tmp_path / "a.json")) == one


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"stages": [["conv"]]}, "block 'conv': needs c"),
        ({"stages": 3}, "stages 3: "),
        ({"heads": []}, "unknown entry heads"),
        ({"encoding": "polar"}, "encoding 'polar'"),
        ({"stages": [["conv_k99_c9999_r99"] * 9]}, "over 1,073,741,824 weights"),
    ],
    ids=str,
)
def test_a_description_that_is_none(tmp_path, change, wrong):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**FAST.as_dict(), **change}))
    with pytest.raises(InputError) as error:
        architecture(str(path))
    assert str(error.value).startswith(f"{path}: no description of a network (")
    assert wrong in str(error.value)
    assert "\n" not in str(error.value)


def test_a_network_that_was_found_says_by_which_search(tmp_path):
    search, path = (
        SearchRecord("openvino int8 on some processor", 3e-3, 61.5, 4, "squeezeseg search", 0.99, 0.03),
        tmp_path / "a.json",
    )
    write_architecture(path, FAST, search)
    assert described(str(path)) == (FAST, search)
    assert read_architecture(path) == FAST
    assert described("fast") == (FAST, None)


@pytest.mark.parametrize(
    ("search", "wrong"),
    [
        ({"target": "x"}, "no entry "),
        ({"target": "x", "latency": -1, "core_minutes": 2, "seed": 0}, "found within -1"),
        ("x", "found"),
    ],
)
def test_a_search_that_is_none(tmp_path, search, wrong):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**FAST.as_dict(), "found": search}))
    with pytest.raises(InputError, match=f"a.json: no description of a network .*{wrong}"):
        architecture(str(path))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        architecture(str(tmp_path / "a.json"))
