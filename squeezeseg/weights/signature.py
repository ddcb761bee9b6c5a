"""Signatures of containers and patches: Ed25519, behind their checksum, so that they are one file and a patch makes the
new file's signature along with the rest.

    magic        8 bytes
    key          the first 8 bytes of the SHA-256 of the public key
    signature    64 bytes, of all that comes before the magic

Keys are PEM files, as OpenSSL has them. They need the package cryptography; a signed file is read without it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from data.atomic import atomic_write
from projection import InputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PUBLIC_SUFFIX = ".pub"
_MAGIC = b"\x89SQK\r\n\x1a\n"
_ID = 8
_SIZE = len(_MAGIC) + _ID + 64
_MOST_KEY = 1 << 14


def split_signature(data: bytes) -> tuple[bytes, bytes]:
    """What is signed, and the signature behind it, empty where there is none."""
    if data[-_SIZE:].startswith(_MAGIC) and len(data) > _SIZE:
        return data[:-_SIZE], data[-_SIZE:]
    return data, b""


def signer(signature: bytes) -> str:
    """The key that made a signature, as 16 hexadecimal digits: see `key_id`."""
    return signature[len(_MAGIC) : len(_MAGIC) + _ID].hex()


def key_id(key: Ed25519PublicKey) -> str:
    """16 hexadecimal digits that a key is told by."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:_ID].hex()


def signed(data: bytes, key: Ed25519PrivateKey) -> bytes:
    """A file's bytes with a signature, in the place of one that was there."""
    body, _ = split_signature(data)
    return body + _MAGIC + bytes.fromhex(key_id(key.public_key())) + key.sign(body)


def check_signature(data: bytes, key: Ed25519PublicKey) -> None:
    """Raise ValueError, in a line, if a file's bytes don't have the signature of this key."""
    from cryptography.exceptions import InvalidSignature

    body, signature = split_signature(data)
    if not signature:
        raise ValueError("it isn't signed")
    if signer(signature) != key_id(key):
        raise ValueError(f"it is signed with the key {signer(signature)}, not with {key_id(key)}")
    try:
        key.verify(signature[len(_MAGIC) + _ID :], body)
    except InvalidSignature:
        raise ValueError("its signature is wrong: it isn't what was signed") from None


def make_keys(path: Path) -> str:
    """Write a new private key, which its owner alone can read, and the public one beside it; its `key_id`.

    path: of the private key; the public one's ends in .pub.

    Raises:
        InputError: there is a file of either name, or it can't be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public_path = path.with_name(path.name + PUBLIC_SUFFIX)
    if found := [one for one in (path, public_path) if one.exists()]:
        raise InputError(f"{found[0]}: is there already; a key is never overwritten, choose another name")
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from None
    public = key.public_key()
    with atomic_write(public_path) as file:
        file.write(public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return key_id(public)


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """A private key of `make_keys`. Raises InputError if it is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = _read(path)
    try:
        key = load_pem_private_key(text, None)
    except (ValueError, TypeError):  # a password is needed
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(
            f"{path}: no private key for Ed25519 without a password; 'squeezeseg weights keygen' makes one"
        )
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """A public key of `make_keys`. Raises InputError if it is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    text = _read(path)
    try:
        key = load_pem_public_key(text)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(
            f"{path}: no public key for Ed25519; give the {PUBLIC_SUFFIX} file of 'squeezeseg weights keygen'"
        )
    return key


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_KEY)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); give the file of a key") from None
