"""Signatures of containers and patches, and files that are verified."""

from __future__ import annotations

import hashlib
import stat
import struct

import numpy as np
import pytest
from helpers.models import card
from helpers.tools import needs

needs("cryptography")

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from projection import InputError
from squeezeseg.coding import CODECS
from squeezeseg.weights.container import Container, decode_container, encode_container
from squeezeseg.weights.layout import VERSION
from squeezeseg.weights.patch import apply_patch, make_patch, patch_weights, write_patch
from squeezeseg.weights.signature import (
    check_signature,
    key_id,
    make_keys,
    read_private_key,
    read_public_key,
    signed,
    signer,
    split_signature,
)
from squeezeseg.weights.stored_tensor import Floats, Uniform
from squeezeseg.weights.verification import sign_weights, verify_weights

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([k]) * 32) for k in (1, 2))
PUBLIC = KEY.public_key()


def whole(last=0.0, command=""):
    codes = np.arange(-30, 30, dtype=np.int16).reshape(10, 6)
    tensors = {"network.a": Uniform(codes, np.ones(1, np.float16)), "network.b": Floats(np.float32([1, last]))}
    return encode_container(Container(card("fast", command=command), tensors))


DATA = whole()


def test_a_signature_is_right_for_these_bytes_and_this_key():
    data = signed(DATA, KEY)
    assert len(data) == len(DATA) + 80
    assert split_signature(data)[0] == DATA
    assert signer(split_signature(data)[1]) == key_id(PUBLIC)
    check_signature(data, PUBLIC)
    assert signed(signed(DATA, OTHER), KEY) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (DATA, "isn't signed"),
        (signed(DATA, OTHER), "signed with the key"),
        (signed(DATA, KEY)[:-1], "isn't signed"),
        (signed(whole(2.0), KEY)[: len(DATA)] + signed(DATA, KEY)[-80:], "is wrong"),
        (whole(2.0) + signed(DATA, KEY)[-80:], "is wrong"),
        (signed(DATA, KEY)[:-1] + b"\0", "is wrong"),
        (DATA + signed(DATA, KEY)[-80:-64] + signed(DATA, OTHER)[-64:], "is wrong"),
    ],
)
def test_what_was_not_signed_is_refused(data, reason):
    with pytest.raises(ValueError, match=rf"^[^\n]*{reason}[^\n]*$"):
        check_signature(data, PUBLIC)


def test_a_signed_file_is_read_like_any():
    read = decode_container(signed(DATA, KEY))
    assert encode_container(read) == DATA


@pytest.mark.parametrize("old", [DATA, signed(DATA, OTHER)], ids=["unsigned", "signed"])
def test_a_patch_makes_the_new_files_signature_along_with_it(old):
    new = signed(whole(command="squeezeseg train"), KEY)
    made = apply_patch(old, signed(make_patch(DATA, new), OTHER))
    assert made == new
    check_signature(made, PUBLIC)


def test_a_patch_is_refused_that_the_key_has_not_signed(tmp_path):
    old, new, patch = tmp_path / "old.sqz", tmp_path / "new.sqz", tmp_path / "update.sqp"
    old.write_bytes(DATA)
    new.write_bytes(whole(2.0))
    write_patch(old, new, patch, OTHER)
    with pytest.raises(InputError, match="signed with the key"):
        patch_weights(old, patch, tmp_path / "made.sqz", PUBLIC)
    write_patch(old, new, patch, KEY)
    patch_weights(old, patch, tmp_path / "made.sqz", PUBLIC)
    assert (tmp_path / "made.sqz").read_bytes() == whole(2.0)


def test_keys_are_written_once_and_the_private_one_for_its_owner_alone(tmp_path):
    path = tmp_path / "new" / "a.key"
    name = make_keys(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = read_public_key(tmp_path / "new" / "a.key.pub")
    assert key_id(public) == key_id(read_private_key(path).public_key()) == name
    check_signature(signed(DATA, read_private_key(path)), public)
    with pytest.raises(InputError, match="never overwritten"):
        make_keys(path)


def pem(key, password=None):
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)


@pytest.mark.parametrize("content", [b"", b"\x89SQZ", pem(X25519PrivateKey.generate()), pem(KEY, b"secret")])
@pytest.mark.parametrize("read", [read_private_key, read_public_key])
def test_what_is_no_key_is_refused_in_a_line(tmp_path, content, read):
    path = tmp_path / "a.key"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"^[^\n]*a\.key: no (private|public) key[^\n]*$"):
        read(path)
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "none")


def resigned(body):
    return body + hashlib.sha256(body).digest()


def nan():
    tensors = {"network.a": Floats(np.float32([np.nan]))}
    return encode_container(Container(card("fast"), tensors))


@pytest.mark.parametrize(
    ("data", "kind", "problem"),
    [
        (DATA, "container", None),
        (signed(DATA, OTHER), "container", None),
        (make_patch(DATA, whole(2.0)), "patch", None),
        (b"", None, "no container"),
        (DATA[:-1], None, "checksum"),
        (resigned(DATA[:-40]), None, "end elsewhere"),
        (resigned(struct.pack("<8sHI", DATA[:8], VERSION + 1, 0)), None, "newer version"),
        (nan(), "container", "network.a: not finite"),
        (make_patch(DATA, whole(2.0))[:-1], "patch", "checksum"),
    ],
)
def test_a_file_is_verified(tmp_path, data, kind, problem):
    path = tmp_path / "a.sqz"
    path.write_bytes(data)
    found = verify_weights(path)
    assert (found.kind, found.size) == (kind, len(data))
    assert (problem or "") in (found.problem or "")
    assert (found.problem is None) == (problem is None)
    if problem is None:
        assert (found.tensors, found.numbers, found.card.model) == (2, 62, "fast")


def test_damaged_codes_are_found_though_the_checksum_is_right(tmp_path):
    codes = np.random.default_rng(0).integers(-9, 10, (8, 8)).astype(np.int16)
    data = bytearray(encode_container(Container(card("fast"), {"network.a": Uniform(codes, np.ones(1, np.float16))})))
    data[-32 - 2 - len(CODECS["range"].encode(codes))] = 99
    path = tmp_path / "a.sqz"
    path.write_bytes(resigned(bytes(data[:-32])))
    found = verify_weights(path)
    assert (found.kind, found.problem) == ("container", "network.a: no codes of the range coder")


def test_a_file_is_signed_in_place_and_a_damaged_one_never(tmp_path):
    path = tmp_path / "a.sqz"
    path.write_bytes(DATA)
    assert sign_weights(path, KEY) == key_id(PUBLIC)
    found = verify_weights(path, PUBLIC)
    assert (found.problem, found.signature_held, found.signed_with) == (None, True, key_id(PUBLIC))
    assert verify_weights(path, OTHER.public_key()).problem.startswith("it is signed with the key")
    path.write_bytes(DATA[:-1])
    with pytest.raises(InputError, match="not signed"):
        sign_weights(path, KEY)
    assert path.read_bytes() == DATA[:-1]
