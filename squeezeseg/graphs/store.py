"""The files of graphs: beside the weights that they were made of, else in the user's cache."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
from pathlib import Path

from data.labels import CLASSES
from projection import InputError
from projection.cache_folder import cache_folder
from squeezeseg.graphs.metadata import KEY, GraphFacts, Kind
from squeezeseg.weights.model import SUFFIXES as WEIGHTS
from squeezeseg.weights.model import Model, check_classes, load_weights

_log = logging.getLogger(__name__)
SUFFIXES: dict[Kind, str] = {"float": ".onnx", "int8": ".int8.xml"}


def read_graph(path: Path) -> GraphFacts:
    """The metadata in a graph's file.

    path: an .onnx, or an .xml whose .bin lies beside it.

    Raises:
        InputError: it can't be read, is not one of ours, or no library to read it is installed.
    """
    by_openvino = importlib.util.find_spec("openvino") is not None
    if not by_openvino and not (path.suffix == ".onnx" and importlib.util.find_spec("onnxruntime")):
        raise InputError(f"{path}: reading it needs OpenVINO; pip install openvino")
    try:
        text = _openvino_metadata(path) if by_openvino else _onnx_metadata(path)
    except Exception as error:  # both libraries raise what they like for damaged files
        reason = str(error).strip().splitlines()[-1]
        raise InputError(f"{path}: not a graph that can be read ({reason}); export it again") from None
    if text is None:
        raise InputError(f"{path}: not a graph of squeezeseg; make it with 'squeezeseg export'")
    try:
        return GraphFacts.from_text(text)
    except ValueError as error:
        raise InputError(f"{path}: {error}; export it again") from None


def read_network_graph(path: Path) -> GraphFacts:
    """`read_graph` of a graph that ends at the logits, as engines need it. Raises InputError for a complete one too."""
    facts = read_graph(path)
    if facts.complete:
        raise InputError(f"{path}: takes metres to labels by itself; the commands need a graph without the CRF")
    return facts


def _openvino_metadata(path: Path) -> str | None:
    import openvino

    model = openvino.Core().read_model(path)
    place = [KEY] if path.suffix == ".xml" else ["framework", KEY]
    return str(model.get_rt_info(place).astype(str)) if model.has_rt_info(place) else None


def _onnx_metadata(path: Path) -> str | None:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.get_modelmeta().custom_metadata_map.get(KEY)  # type: ignore[no-any-return]


def find_graph(model: Model, kind: Kind) -> Path | None:
    """The file of a model's graph: the model's own, one beside its weights, or one in the cache; None without one."""
    path, checksum = model.path, model.card.checksum
    if path is None or not checksum:
        return None
    if path.suffix not in WEIGHTS:
        return path if read_graph(path).kind == kind else None
    for candidate in (path.with_name(path.stem + SUFFIXES[kind]), cached_graph(model, kind)):
        if candidate is not None and candidate.is_file():
            try:
                facts = read_graph(candidate)
                if not facts.complete and facts.model.card.checksum in (checksum, _file_checksum(path)):
                    return candidate
            except InputError as error:
                _log.warning("%s", error)
    return None


def cached_graph(model: Model, kind: Kind) -> Path | None:
    """The place of a model's graph in the user's cache; None where that can't be written."""
    folder = cache_folder("graphs")
    return None if folder is None else folder / f"{model.card.checksum}{SUFFIXES[kind]}"


def _file_checksum(path: Path) -> str:
    """SHA-256 of a file: the checksum by which graphs of format 1 name the weights that they were made of."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_model(path_or_name: str | Path, classes: tuple[str, ...] = CLASSES) -> Model:
    """Read weights from a file, those in the package by their network's name, or the card and tensors of a graph.

    path_or_name: .safetensors or .sqz, or a graph that 'squeezeseg export' wrote.

    Raises:
        InputError: no such file or name, not our format, or made for other classes.
    """
    path = Path(path_or_name)
    if path.suffix not in (".onnx", ".xml") or not path.is_file():
        return load_weights(path_or_name, classes)
    model = read_graph(path).model
    check_classes(model.card, classes, path)
    return Model(model.card, model.tensors, path)
