"""`squeezeseg weights diff` and `squeezeseg weights patch`."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from helpers.models import card

from squeezeseg.weights.container import Container, write_container
from squeezeseg.weights.stored_tensor import Uniform


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
