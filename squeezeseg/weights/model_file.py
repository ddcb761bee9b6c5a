"""Trained weights on disk: safetensors with a header that says what they are for. No pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from crf import CRFSettings
from data.atomic import atomic_write
from data.labels import CLASSES
from projection import InputError
from squeezeseg.networks.normalisation import Normalisation

_FORMAT = "squeezeseg-model/1"
EMBEDDED = Path(__file__).parent / "shipped"


@dataclass(frozen=True)
class ModelCard:
    """What a file of weights is for, written into its header.

    model: name of the network. classes: by id. sensor: whose range images it was trained on.
    crf: settings of the CRF trained with it, or None. temperature: of its probabilities, see `softmax`.
        command: what made it. scores: what it reached, on what. file: where it was read from. checksum: SHA-256 of
        that file.
    """

    model: str
    classes: tuple[str, ...] = CLASSES
    sensor: str = "hdl64"
    normalisation: Normalisation = field(default_factory=Normalisation)
    crf: CRFSettings | None = None
    temperature: float = 1.0
    command: str = ""
    scores: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    checksum: str = ""


@dataclass(frozen=True, eq=False)
class Model:
    """A card and its float32 tensors.

    'network.*' by torch's names, none of them where the file is a graph; 'crf.angular' and 'crf.bilateral' (C, C);
    'objects.*' as `fit_vote` gives them. path: the file it was read from.
    """

    card: ModelCard
    tensors: Mapping[str, NDArray[np.float32]]
    path: Path | None = None

    def part(self, prefix: str) -> dict[str, NDArray[np.float32]]:
        """The tensors whose names begin with `prefix` and a dot, without it."""
        start = prefix + "."
        return {name.removeprefix(start): value for name, value in self.tensors.items() if name.startswith(start)}


def save_model(path: Path, model: Model, *, half: bool = True) -> None:
    """Write `model`, in float16 if `half`. Raises InputError if the file can't be written."""
    kind = np.float16 if half else np.float32
    tensors = {name: np.ascontiguousarray(value, kind) for name, value in model.tensors.items()}
    with atomic_write(path) as file:
        file.write(save(tensors, {"format": _FORMAT, "card": json.dumps(card_header(model.card))}))


def load_model(path_or_name: str | Path, classes: tuple[str, ...] = CLASSES) -> Model:
    """Read weights from a file, or the embedded ones of a network by its name.

    path_or_name: .safetensors, or a graph that 'squeezeseg export' wrote.

    Raises:
        InputError: no such file or name, not our format, or made for other classes.
    """
    path = Path(path_or_name)
    if path.suffix in (".onnx", ".xml") and path.is_file():
        from squeezeseg.graphs import read_graph

        model = read_graph(path).model
        _check_classes(model.card, classes, path)
        return Model(model.card, model.tensors, path)
    if not path.suffix and (embedded := EMBEDDED / f"{path_or_name}.safetensors").is_file():
        path = embedded
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in EMBEDDED.glob("*.safetensors")))
        raise InputError(f"{path_or_name}: no such weights; give a .safetensors file or one of: {names}")
    try:
        with safe_open(path, "np") as file:
            header = file.metadata() or {}
            ours = header.get("format") == _FORMAT
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys() if ours}  # noqa: SIM118
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        card = parse_card(json.loads(header["card"]), path.name, checksum) if ours else None
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: damaged weights, or no safetensors ({error}); copy or train them again") from None
    if card is None:
        raise InputError(f"{path}: not weights of squeezeseg; make them with 'squeezeseg train'")
    _check_classes(card, classes, path)
    if not all(np.isfinite(value).all() for value in tensors.values()):
        raise InputError(f"{path}: weights hold NaN or infinite values; train them again")
    return Model(card, tensors, path)


def _check_classes(card: ModelCard, classes: tuple[str, ...], path: Path) -> None:
    if card.classes != classes:
        raise InputError(
            f"{path}: weights for the classes {', '.join(card.classes)}, but {', '.join(classes)} are needed; "
            "use weights trained for these"
        )


def card_header(card: ModelCard) -> dict[str, Any]:
    """A card as JSON has it, without what is known of the file it was read from."""
    header = asdict(card)
    del header["file"], header["checksum"]
    return header


def parse_card(header: dict[str, Any], file: str, checksum: str) -> ModelCard:
    """The card of `card_header`, read from a file. Raises KeyError, TypeError, ValueError or AttributeError."""
    header = dict(header)
    header["classes"] = tuple(header["classes"])
    header["normalisation"] = Normalisation(**{k: tuple(v) for k, v in header["normalisation"].items()})
    if header["crf"] is not None:
        header["crf"] = CRFSettings(**header["crf"])
    return ModelCard(**header, file=file, checksum=checksum)
