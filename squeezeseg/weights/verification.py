"""A file of weights verified: checksum, structure, every tensor, the card, and the signature where a key is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from data.atomic import atomic_write
from projection import InputError
from squeezeseg.weights import patch as patches
from squeezeseg.weights.card import ModelCard
from squeezeseg.weights.container import decode_container, read_bytes
from squeezeseg.weights.layout import MAGIC, Header, split
from squeezeseg.weights.patch import open_patch
from squeezeseg.weights.signature import check_signature, key_id, signed, signer, split_signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@dataclass(frozen=True)
class Verification:
    """What is known of a file after all of it was read.

    kind: of the file; None where it is neither. version: of its format.
    problem: why it can't be used, in a line; None where it can.
    tensors, numbers: how many, of the file that a patch makes. card: of the network.
    signed_with: the key's id, or None.
    signature_held: whether a signature was checked and is right.
    """

    size: int
    kind: Literal["container", "patch"] | None = None
    version: int | None = None
    problem: str | None = None
    codec: str | None = None
    tensors: int | None = None
    numbers: int | None = None
    card: ModelCard | None = None
    signed_with: str | None = None
    signature_held: bool = False

    def as_dict(self) -> Mapping[str, Any]:
        """For JSON."""
        return {
            "bytes": self.size,
            "kind": self.kind,
            "format": self.version,
            "ok": self.problem is None,
            "problem": self.problem,
            "codec": self.codec,
            "tensors": self.tensors,
            "numbers": self.numbers,
            "model": self.card and self.card.model,
            "classes": self.card and list(self.card.classes),
            "signed_with": self.signed_with,
            "signature_held": self.signature_held,
        }


def verify_weights(path: Path, key: Ed25519PublicKey | None = None) -> Verification:
    """Verify a .sqz file, or a patch of .sqz files. key: whose signature it must have.

    Raises:
        InputError: the file can't be read at all.
    """
    try:
        data = read_bytes(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        return Verification(path.stat().st_size, problem=str(error))
    found = Verification(len(data))
    try:
        if data.startswith(patches.MAGIC):
            found = replace(found, kind="patch", version=_version(data))
            header = open_patch(data).header
            card = ModelCard.from_dict(header.card)
        else:
            header = split(data).header
            found = replace(found, kind="container", version=_version(data))
            container = decode_container(data)
            card = container.card
            for name, value in container.decoded().items():
                if not np.isfinite(value).all():
                    raise ValueError(f"{name}: not finite")
        found = replace(_counted(found, header), card=card)
        signature = split_signature(data)[1]
        found = replace(found, signed_with=signer(signature) if signature else None)
        if key is not None:
            check_signature(data, key)
            found = replace(found, signature_held=True)
    except (ValueError, InputError) as error:  # an architecture, sensor or CRF of the card
        return replace(found, problem=str(error))
    return found


def _version(data: bytes) -> int:
    """Of a container or a patch, both of which have it behind their magic."""
    return int.from_bytes(data[len(MAGIC) : len(MAGIC) + 2], "little")


def _counted(found: Verification, header: Header) -> Verification:
    numbers = sum(int(np.prod(entry.shape)) for entry in header.tensors)
    return replace(found, codec=header.codec, tensors=len(header.tensors), numbers=numbers)


def sign_weights(path: Path, key: Ed25519PrivateKey) -> str:
    """Sign a .sqz file or a patch, in place; the key's id.

    Raises:
        InputError: it is neither, is damaged, or can't be written.
    """
    if (problem := verify_weights(path).problem) is not None:
        raise InputError(f"{path}: not signed ({problem}); copy or make it again")
    data = signed(path.read_bytes(), key)
    with atomic_write(path, durable=True) as file:
        file.write(data)
    return key_id(key.public_key())
