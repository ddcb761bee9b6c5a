"""`squeezeseg weights diff` and `squeezeseg weights patch`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from helpers.models import card
from helpers.tools import needs

from squeezeseg.weights.container import Container, write_container
from squeezeseg.weights.stored_tensor import Floats, Uniform


def test_a_patch_makes_the_new_file_of_the_old_one(cli, tmp_path):
    old, new, patch = tmp_path / "old.sqz", tmp_path / "new.sqz", tmp_path / "update.sqp"
    codes = np.random.default_rng(0).integers(-9, 10, (64, 32, 3, 3)).astype(np.int16)
    container = Container(card("fast"), {"network.a": Uniform(codes, np.ones(1, np.float16))})
    write_container(old, container)
    write_container(new, replace(container, card=card("fast", command="squeezeseg train")))
    told = json.loads(cli("weights", "diff", old, new, "--out", patch, "--json").out)
    assert told == {"file": str(patch), "bytes": patch.stat().st_size, "whole_bytes": new.stat().st_size}
    assert told["bytes"] < 0.4 * told["whole_bytes"]
    whole = new.read_bytes()
    assert cli("weights", "patch", old, patch, "--out", old).status == 0
    assert old.read_bytes() == whole
    outcome = cli("weights", "patch", old, patch, "--out", new)
    assert outcome.status == 2
    assert "other weights than these" in outcome.err


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "new.sqz"
    write_container(path, Container(card("fast"), {"network.a": Floats(np.ones(3, np.float32))}))
    return path


def test_a_file_is_verified(cli, file):
    found = json.loads(cli("weights", "verify", file, "--json").out)
    assert (found["ok"], found["kind"], found["model"], found["tensors"]) == (True, "container", "fast", 1)
    assert "not signed" in cli("weights", "verify", file).out
    file.write_bytes(file.read_bytes()[:-1])
    outcome = cli("weights", "verify", file, "--json")
    assert (outcome.status, json.loads(outcome.out)["problem"]) == (1, "the checksum is wrong")
    assert "the checksum is wrong; don't use it" in cli("weights", "verify", file).err
    assert cli("weights", "verify", "none.sqz").status == 2


def test_a_file_is_signed_and_its_signature_checked(cli, file, tmp_path):
    needs("cryptography")
    key = tmp_path / "my.key"
    name = json.loads(cli("weights", "keygen", key, "--json").out)["key"]
    assert json.loads(cli("weights", "sign", file, "--key", key, "--json").out)["signed_with"] == name
    assert "that is right, too" in cli("weights", "verify", file, "--key", f"{key}.pub").out
    assert "not checked, give --key" in cli("weights", "verify", file).out
    cli("weights", "keygen", tmp_path / "other.key")
    outcome = cli("weights", "verify", file, "--key", tmp_path / "other.key.pub")
    assert outcome.status == 1
    assert f"signed with the key {name}, not with" in outcome.err


def test_without_the_package_it_is_said_how_to_get_it(cli, file, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    outcome = cli("weights", "keygen", tmp_path / "my.key")
    assert outcome.status == 2
    assert "this needs cryptography: pip install 'squeezeseg[sign]'" in outcome.err.replace(".hazmat", "")
    assert len(outcome.err.splitlines()) == 1
    assert cli("weights", "verify", file).status == 0
