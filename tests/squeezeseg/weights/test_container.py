"""Containers of compressed weights: what is written is read, what is damaged is refused."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from helpers.damage import damaged
from helpers.models import card
from hypothesis import given, settings
from hypothesis import strategies as st

from crf import CRFSettings
from projection import InputError
from squeezeseg.coding import CODECS
from squeezeseg.weights import Model, load_card, load_weights, record_score, save_model
from squeezeseg.weights.container import (
    Container,
    decode_container,
    encode_container,
    read_container,
    write_container,
)
from squeezeseg.weights.convert import convert
from squeezeseg.weights.layout import MAGIC, MOST_NUMBERS, VERSION, split
from squeezeseg.weights.stored_tensor import Floats, Shared, Uniform

HALVES = np.array([0.5, 1.5, 4.0], np.float16)
CARD = card("squeezeseg", crf=CRFSettings(iterations=2), command="squeezeseg compress", scores={"a": {"car": 0.5}})


def tensors():
    rng = np.random.default_rng(0)
    codes = rng.integers(-3, 4, (4, 3, 3, 3)).astype(np.int16)
    return {
        "network.shared.weight": Shared(codes, -HALVES, HALVES),
        "network.uniform.weight": Uniform(codes, np.arange(1, 5).astype(np.float16)),
        "network.transposed.weight": Uniform(codes, HALVES, axis=1),
        "network.bias": Floats(rng.normal(size=4).astype(np.float16).astype(np.float32)),
        "crf.angular": Floats(np.float32(rng.normal(size=(4, 4))), half=False),
        "objects.none": Floats(np.zeros((0, 3), np.float32)),
    }


def container(**fields):
    return Container(**{"card": CARD, "tensors": tensors(), **fields})


@cache
def whole():
    return encode_container(container())


def signed(body):
    return body + hashlib.sha256(body).digest()


def with_header(**fields):
    """The bytes of a container whose header has other entries, and a checksum that is right."""
    size = struct.unpack_from("<I", whole(), 10)[0]
    header = json.loads(zlib.decompress(whole()[14 : 14 + size])) | fields
    packed = zlib.compress(json.dumps(header).encode())
    return signed(struct.pack("<8sHI", MAGIC, VERSION, len(packed)) + packed + whole()[14 + size : -32])


@pytest.mark.parametrize("codec", CODECS)
def test_what_is_written_is_read(tmp_path, codec):
    write_container(tmp_path / "a.sqz", container(codec=codec))
    read = read_container(tmp_path / "a.sqz")
    assert replace(read.card, file="", checksum="") == CARD
    assert read.codec == codec
    found, expected = read.decoded(), container().decoded()
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], value)


def test_codes_stand_for_what_they_say():
    codes = np.array([[0, 2], [-1, 1]], np.int16)
    shared = Shared(codes, np.array([-3], np.float16), np.array([0.5, 7], np.float16))
    assert shared.decoded().tolist() == [[0, 7], [-3, 0.5]]
    unit = 2.0**-10
    assert Uniform(codes, np.array([1, 3], np.float16)).decoded().tolist() == [[0, 2 * unit], [-3 * unit, 3 * unit]]
    assert Uniform(codes, np.array([1, 3], np.float16), axis=1).decoded().tolist() == [[0, 6 * unit], [-unit, 3 * unit]]


def test_codes_that_stand_for_nothing_are_refused():
    with pytest.raises(ValueError, match="codes from -1 to 2, of -1 to 1"):
        Shared(np.array([-1, 2], np.int16), -HALVES[:1], HALVES[:1])
    with pytest.raises(ValueError, match="3 scales"):
        Uniform(np.zeros((4, 2), np.int16), HALVES)


def test_the_same_content_makes_the_same_bytes():
    assert encode_container(decode_container(whole())) == whole()


def test_weights_are_loaded_from_it_like_from_any_file(tmp_path):
    write_container(tmp_path / "a.sqz", container())
    model = load_weights(tmp_path / "a.sqz")
    assert model.card.checksum == Model(CARD, container().decoded()).checksum()
    assert model.card.file == "a.sqz"
    assert set(model.part("network")) == {"shared.weight", "uniform.weight", "transposed.weight", "bias"}


def test_the_card_alone_is_that_of_the_weights(tmp_path):
    write_container(tmp_path / "a.sqz", container())
    save_model(tmp_path / "a.safetensors", Model(CARD, container().decoded()))
    for path in (tmp_path / "a.sqz", tmp_path / "a.safetensors"):
        assert load_card(path) == replace(load_weights(path).card, checksum="")


def test_a_file_that_was_written_anew_is_read_anew(tmp_path):
    write_container(tmp_path / "a.sqz", container())
    assert load_weights(tmp_path / "a.sqz").card.temperature == CARD.temperature
    write_container(tmp_path / "a.sqz", replace(container(), card=replace(CARD, temperature=3.0)))
    assert load_weights(tmp_path / "a.sqz").card.temperature == 3.0


def test_a_score_is_recorded_and_no_code_changes(tmp_path):
    path = tmp_path / "a.sqz"
    write_container(path, container())
    before = load_weights(path)
    record_score(path, "real", {"car": 0.9})
    after = load_weights(path)
    assert after.card == replace(before.card, scores={**CARD.scores, "real": {"car": 0.9}})
    assert split(path.read_bytes()).parts == split(whole()).parts
    assert all(type(one) is type(tensors()[name]) for name, one in read_container(path).tensors.items())


@pytest.mark.parametrize("half", [True, False])
def test_weights_are_the_same_in_the_other_format_and_back(tmp_path, half):
    rng = np.random.default_rng(0)
    values = {"network.a": rng.normal(size=(4, 3)).astype(np.float32), "crf.angular": np.eye(4, dtype=np.float32)}
    save_model(tmp_path / "a.safetensors", Model(CARD, values), half=half)
    convert(tmp_path / "a.safetensors", tmp_path / "a.sqz")
    convert(tmp_path / "a.sqz", tmp_path / "b.safetensors")
    before, after = load_weights(tmp_path / "a.safetensors"), load_weights(tmp_path / "b.safetensors")
    assert after.checksum() == before.checksum() == load_weights(tmp_path / "a.sqz").checksum()


def test_a_file_of_version_1_is_read():
    size = struct.unpack_from("<I", whole(), 10)[0]
    header = json.loads(zlib.decompress(whole()[14 : 14 + size])) | {"ranges": {"conv1": [-1.5, 2.0]}}
    packed = zlib.compress(json.dumps(header).encode())
    read = decode_container(signed(struct.pack("<8sHI", MAGIC, 1, len(packed)) + packed + whole()[14 + size : -32]))
    assert read.operations is None
    assert read.tensors.keys() == tensors().keys()


def test_an_unknown_format_is_refused(tmp_path):
    write_container(tmp_path / "a.sqz", container())
    with pytest.raises(InputError, match=r"b\.npz: .*\.sqz or \.safetensors"):
        convert(tmp_path / "a.sqz", tmp_path / "b.npz")


@settings(deadline=None)
@given(place=st.integers(0, len(whole()) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_is_accepted(place, bit):
    data = bytearray(whole())
    data[place] ^= 1 << bit
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        decode_container(bytes(data))


@settings(deadline=None)
@given(size=st.integers(0, len(whole()) - 1))
def test_no_cut_is_accepted(size):
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        decode_container(whole()[:size])


def test_damage_with_a_right_checksum_is_read_or_refused_in_a_line():
    draw = random.Random(0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(400):
        body = damaged(whole()[:-32], whole()[::-1], draw)
        try:
            decode_container(signed(body)).decoded()
        except ValueError as error:
            assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


ZEROS = {"name": "network.a", "kind": "uniform", "sizes": [1, 2], "shape": [1, MOST_NUMBERS + 1]}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: b"", "no container"),
        (lambda: MAGIC, "cut short"),
        (lambda: signed(struct.pack("<8sHI", MAGIC, VERSION + 1, 0)), "newer version"),
        (lambda: signed(struct.pack("<8sHI", MAGIC, VERSION, 0)), "header"),
        (lambda: signed(struct.pack("<8sHI", MAGIC, VERSION, 1 << 30) + zlib.compress(b"{}")), "no entry card"),
        (lambda: signed(struct.pack("<8sHI", MAGIC, VERSION, 2100) + zlib.compress(bytes(1 << 21), 9)), "header"),
        (lambda: with_header(tensors=[ZEROS]), "over"),
        (lambda: with_header(tensors=[{**ZEROS, "shape": [-1, 5]}]), "negative"),
        (lambda: with_header(tensors=[{**ZEROS, "shape": [5]}]), "end elsewhere"),
        (lambda: with_header(tensors=[]), "end elsewhere"),
        (lambda: with_header(codec="rot13"), "unknown codec 'rot13'"),
        (lambda: with_header(ranges={"a": "b"}), "ranges a"),
        (lambda: with_header(card={}), "card without"),
        (lambda: with_header(more=1), "unknown entry more"),
    ],
)
def test_what_cannot_be_used_is_refused(data, reason):
    with pytest.raises(ValueError, match=reason):
        decode_container(data())


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (lambda: whole()[:-1], "copy or make it again"),
        (lambda: signed(struct.pack("<8sHI", MAGIC, VERSION + 1, 0)), "update squeezeseg"),
        (lambda: with_header(card=CARD.as_dict() | {"temperature": 0}), "temperature"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_line(tmp_path, data, advice):
    path = tmp_path / "a.sqz"
    path.write_bytes(data())
    with pytest.raises(InputError, match=advice) as caught:
        load_weights(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_too_large_is_refused(tmp_path):
    path = tmp_path / "a.sqz"
    path.write_bytes(MAGIC)
    os.truncate(path, 65 << 20)
    with pytest.raises(InputError, match="over 64 MiB"):
        read_container(path)


def test_torch_is_not_loaded_to_read_it(tmp_path):
    write_container(tmp_path / "a.sqz", container())
    code = (
        "import sys; from squeezeseg.weights import load_weights; load_weights(sys.argv[1]);"
        "print(*(name for name in ('torch', 'nncf', 'openvino') if sys.modules.get(name)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.sqz"], capture_output=True, text=True, check=True, env=_environment()
    )
    assert done.stdout.split() == []


def _environment():
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
