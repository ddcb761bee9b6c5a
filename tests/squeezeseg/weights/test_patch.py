"""Patches between containers."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace

import numpy as np
import pytest
from helpers.damage import damaged
from helpers.models import card

from projection import InputError
from squeezeseg.coding import CODECS
from squeezeseg.weights.container import Container, encode_container
from squeezeseg.weights.patch import apply_patch, make_patch, patch_weights, write_patch
from squeezeseg.weights.stored_tensor import Floats, Shared, Uniform

HALVES = np.array([0.5, 1.5, 4.0], np.float16)


def codes(seed=0, shape=(32, 16, 3, 3)):
    return np.clip(np.rint(np.random.default_rng(seed).normal(0, 1, shape)), -3, 3).astype(np.int16)


def container(**changed):
    tensors = {
        "network.a.weight": Uniform(codes(), np.ones(1, np.float16)),
        "network.b.weight": Shared(codes(1), -HALVES, HALVES),
        "network.b.bias": Floats(np.arange(32, dtype=np.float32)),
    }
    return Container(card("fast"), tensors | changed)


def a_few_codes():
    changed = codes()
    changed[::7, 0, 0, 0] += 1
    return container(**{"network.a.weight": Uniform(changed, np.ones(1, np.float16))})


OLD = encode_container(container())
NEW = {
    "nothing": container(),
    "a few codes": a_few_codes(),
    "scales": container(**{"network.a.weight": Uniform(codes(), np.full(1, 2, np.float16))}),
    "all codes": container(**{"network.a.weight": Uniform(codes(5), np.ones(1, np.float16))}),
    "floats": container(**{"network.b.bias": Floats(np.ones(32, np.float32))}),
    "another shape": container(**{"network.a.weight": Uniform(codes(0, (16, 16, 3, 3)), np.ones(1, np.float16))}),
    "another kind": container(**{"network.a.weight": Floats(codes().astype(np.float32))}),
    "one more": container(**{"network.c.weight": Uniform(codes(2), np.ones(1, np.float16))}),
    "another codec": replace(a_few_codes(), codec="huffman"),
    "the card": replace(container(), card=card("squeezeseg")),
}
EACH_CHANGE = pytest.mark.parametrize("new", NEW.values(), ids=NEW)


@EACH_CHANGE
def test_the_new_file_is_made_byte_by_byte(new):
    after = encode_container(new)
    assert apply_patch(OLD, make_patch(OLD, after)) == after
    assert apply_patch(after, make_patch(after, OLD)) == OLD


@pytest.mark.parametrize(("change", "most"), [("nothing", 0), ("a few codes", 120), ("scales", 2), ("floats", 64)])
def test_only_what_changed_is_sent(change, most):
    after = encode_container(NEW[change])
    same = len(make_patch(OLD, OLD))
    assert len(make_patch(OLD, after)) <= same + most + 20  # the head may take some bytes more
    assert same < len(OLD) / 3


def resigned(body):
    return body + hashlib.sha256(body).digest()


@pytest.mark.parametrize(
    ("old", "patch", "reason"),
    [
        (OLD, lambda patch: b"", "no patch"),
        (OLD, lambda patch: OLD, "no patch"),
        (OLD, lambda patch: patch[:60], "cut short"),
        (OLD, lambda patch: patch[:-1], "checksum"),
        (OLD, lambda patch: resigned(patch[:8] + b"\2\0" + patch[10:-32]), "newer version"),
        (OLD, lambda patch: resigned(patch[:-40]), "parts|makes other|range coder"),
        (encode_container(NEW["floats"]), lambda patch: patch, "other weights than these"),
    ],
)
def test_a_patch_that_cannot_be_used_is_refused(old, patch, reason):
    with pytest.raises(ValueError, match=reason):
        apply_patch(old, patch(make_patch(OLD, encode_container(NEW["a few codes"]))))


def test_damage_never_makes_another_file():
    after = encode_container(NEW["a few codes"])
    whole, draw = make_patch(OLD, after), random.Random(0)
    for number in range(200):
        data = damaged(whole, whole[::-1], draw)
        if number % 2:
            data = resigned(data[:-32])
        try:
            assert apply_patch(OLD, data) == after
        except ValueError as error:
            assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right


@pytest.mark.parametrize("codec", CODECS)
def test_files_are_patched(tmp_path, codec):
    files = [tmp_path / name for name in ("old.sqz", "new.sqz", "made.sqz")]
    after = encode_container(replace(a_few_codes(), codec=codec))
    files[0].write_bytes(OLD)
    files[1].write_bytes(after)
    patch = tmp_path / "update.sqp"
    assert write_patch(files[0], files[1], patch) == patch.stat().st_size < len(after)
    assert patch_weights(files[0], patch, files[2]) == len(after)
    assert files[2].read_bytes() == after
    with pytest.raises(InputError, match=r"update\.sqp: can't be applied to .*new\.sqz \(it is for other weights"):
        patch_weights(files[1], patch, tmp_path / "none.sqz")
    with pytest.raises(InputError, match=r"update\.sqp: no \.sqz file to patch"):
        write_patch(patch, files[1], tmp_path / "none.sqp")
    assert not (tmp_path / "none.sqz").exists()
