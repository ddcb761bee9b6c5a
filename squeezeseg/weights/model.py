"""Trained weights on disk: safetensors with a card in their header, or a container of compressed ones. No pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from data.atomic import atomic_write
from data.json_file import parse_json
from data.labels import CLASSES
from projection import InputError
from squeezeseg.networks import AUTO, architecture
from squeezeseg.networks.zoo import nearest
from squeezeseg.weights import container
from squeezeseg.weights.card import ModelCard
from squeezeseg.weights.container import Container
from squeezeseg.weights.legacy import upgraded_tensors
from squeezeseg.weights.operations import Operations
from squeezeseg.weights.stored_tensor import Floats, StoredTensor

_FORMAT, _FIRST_FORMAT = "squeezeseg-model/2", "squeezeseg-model/1"
SHIPPED = Path(__file__).parent / "shipped"
SUFFIX = ".safetensors"
SUFFIXES = (SUFFIX, container.SUFFIX)
"""Of files of weights, from which graphs are told by theirs."""
_CARD = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A card and its float32 tensors.

    'network.*' by torch's names, none of them where the file is a graph; 'crf.angular' and 'crf.bilateral' (C, C);
    'objects.*' as `fit_classifier` gives them. path: the file it was read from.
    container: that it is of, where it was read from one.
    """

    card: ModelCard
    tensors: Mapping[str, NDArray[np.float32]]
    path: Path | None = None
    container: Container | None = None

    def __repr__(self) -> str:
        numbers = sum(value.size for value in self.tensors.values())
        return f"Model({self.card.model!r}, {numbers:,} parameters{'' if self.path is None else f', {self.path.name}'})"

    def part(self, prefix: str) -> dict[str, NDArray[np.float32]]:
        """The tensors whose names begin with `prefix` and a dot, without it."""
        start = prefix + "."
        return {name.removeprefix(start): value for name, value in self.tensors.items() if name.startswith(start)}

    @property
    def operations(self) -> Operations | None:
        """Of its network, where its container lists them."""
        return None if self.container is None else self.container.operations

    def stored(self, name: str) -> StoredTensor:
        """A tensor as its file has it."""
        return Floats(self.tensors[name], half=False) if self.container is None else self.container.tensors[name]

    def checksum(self) -> str:
        """SHA-256 of all that labels depend on: tensors, and the card but for its command, scores and search."""
        digest = hashlib.sha256(json.dumps(self.card.decisive(), sort_keys=True).encode())
        for name, value in sorted(self.tensors.items()):
            digest.update(f"{name} {value.shape} ".encode())
            digest.update(np.ascontiguousarray(value, "<f4").tobytes())
        return digest.hexdigest()


def save_model(path: Path, model: Model, *, half: bool = True) -> None:
    """Write `model`, in float16 if `half`. Raises InputError if the file can't be written."""
    kind = np.float16 if half else np.float32
    _write(path, {name: np.ascontiguousarray(value, kind) for name, value in model.tensors.items()}, model.card)


def record_score(path: Path, name: str, score: Mapping[str, Any]) -> None:
    """Write a score into the header of a file of weights, in the place of an earlier one of this name.

    The tensors stay as they are, and so does the checksum: graphs made of the weights still fit.

    Raises:
        InputError: the file can't be read or written.
    """
    card = load_weights(path).card
    if container.is_container(path):
        scored = replace(card, scores={**card.scores, name: dict(score)})
        container.write_container(path, replace(container.read_container(path), card=scored))
        return
    with safe_open(path, "np") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
        header = file.metadata()
    if header["format"] == _FIRST_FORMAT:
        tensors = upgraded_tensors(card.model, tensors)
    _write(path, tensors, replace(card, scores={**card.scores, name: dict(score)}))


def _write(path: Path, tensors: Mapping[str, NDArray[Any]], card: ModelCard) -> None:
    with atomic_write(path, durable=True) as file:
        file.write(save(dict(tensors), {"format": _FORMAT, "card": json.dumps(card.as_dict())}))


def shipped_models() -> tuple[str, ...]:
    """Names of the networks whose weights are in the package."""
    return tuple(sorted({file.stem for file in SHIPPED.iterdir() if file.suffix in SUFFIXES}))


def find_weights(name: str | Path) -> Path:
    """The file of weights of a path, or of the name of a network in the package. Raises InputError if there is none."""
    path = Path(name)
    if not path.suffix:
        for shipped in (SHIPPED / f"{name}{suffix}" for suffix in SUFFIXES):
            if shipped.is_file():
                return shipped
    if not path.is_file():
        raise InputError(f"{name}: no such weights{_instead(str(name))}")
    return path


def _instead(name: str) -> str:
    """What to do about a name that is no weights'."""
    shipped, either = shipped_models(), " or ".join(SUFFIXES)
    if name == AUTO:
        return f"; give a {either} file or one of: {', '.join(shipped)} ('squeezeseg models' says which auto takes)"
    try:
        known = architecture(name).name
    except InputError:
        return f"{nearest(name, shipped)}; give a {either} file or one of: {', '.join(shipped)}"
    return f" with this program; train them by 'squeezeseg train --model {known}', and give the file"


def load_weights(path_or_name: str | Path, classes: tuple[str, ...] = CLASSES) -> Model:
    """Read weights from a file, or those in the package by their network's name.

    Raises:
        InputError: no such file or name, not our format, or made for other classes.
    """
    path = find_weights(path_or_name)
    model = _read_container(path) if container.is_container(path) else _read_safetensors(path)
    check_classes(model.card, classes, path)
    if not all(np.isfinite(value).all() for value in model.tensors.values()):
        raise InputError(f"{path}: weights hold NaN or infinite values; train them again")
    return replace(model, card=replace(model.card, checksum=model.checksum()))


def load_card(path_or_name: str | Path) -> ModelCard:
    """The card of weights, without the tensors and so without their checksum: a hundredth of the time.

    Raises:
        InputError: no such file or name, or not our format.
    """
    path = find_weights(path_or_name)
    return container.read_card(path) if container.is_container(path) else _read_safetensors(path).card


def _read_container(path: Path) -> Model:
    found = container.read_container(path)
    return Model(found.card, found.decoded(), path, found)


def _read_safetensors(path: Path) -> Model:
    try:
        with safe_open(path, "np") as file:
            header = file.metadata() or {}
            ours = header.get("format") in (_FORMAT, _FIRST_FORMAT)
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys() if ours}  # noqa: SIM118
        fields = parse_json(header["card"], _CARD) if ours else {}
        card = ModelCard.from_dict(fields, path.name) if ours else None
    except InputError as error:  # an architecture, sensor or CRF of the card
        raise InputError(f"{path}: {error}; copy or train them again") from None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        reason = str(error) if isinstance(error, ValueError) else "cut short, or not in their format"
        raise InputError(f"{path}: damaged weights, or no safetensors ({reason}); copy or train them again") from None
    if card is None:
        raise InputError(f"{path}: not weights of squeezeseg; make them with 'squeezeseg train'")
    if header["format"] == _FIRST_FORMAT:
        tensors = upgraded_tensors(card.model, tensors)
    return Model(card, tensors, path)


def check_classes(card: ModelCard, classes: tuple[str, ...], path: Path) -> None:
    """Raise InputError if the weights are not for these classes, or their CRF is for another number of them."""
    if card.classes != classes:
        raise InputError(
            f"{path}: weights for the classes {', '.join(card.classes)}, but {', '.join(classes)} are needed; "
            "use weights trained for these"
        )
    if card.crf is not None and card.crf.classes != len(classes):
        raise InputError(f"{path}: a CRF for {card.crf.classes} classes, not {len(classes)}; train the weights again")
