"""Where graphs are found: beside the weights they were made of, else in the user's cache."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

import platformdirs

from projection import InputError
from squeezeseg.graphs.metadata import KEY, GraphFacts, Kind
from squeezeseg.weights.model_file import Model

_log = logging.getLogger(__name__)
SUFFIXES: dict[Kind, str] = {"float": ".onnx", "int8": ".int8.xml"}


def cache_folder(name: str) -> Path:
    """A folder for what can be made again, in the user's cache (XDG_CACHE_HOME moves it)."""
    return platformdirs.user_cache_path("squeezeseg") / name


def read_graph(path: Path) -> GraphFacts:
    """What a graph's file says of itself.

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
    """The file of a model's graph: the model's own, one beside its weights, or one in the cache.

    A float graph that is nowhere is exported into the cache, which takes PyTorch and some seconds, once.

    Returns:
        Its path; None where there is none and none can be made: an int8 graph needs 'squeezeseg export', and a model
        that was never written to a file has no name to keep a graph by.

    Raises:
        InputError: the graph has to be exported and can't be.
    """
    path, checksum = model.path, model.card.checksum
    if path is None or not checksum:
        return None
    if path.suffix != ".safetensors":
        return path if read_graph(path).kind == kind else None
    cached = cache_folder("graphs") / f"{checksum}{SUFFIXES[kind]}"
    for candidate in (path.with_name(path.stem + SUFFIXES[kind]), cached):
        if candidate.is_file():
            try:
                facts = read_graph(candidate)
                if facts.model.card.checksum == checksum and not facts.complete:
                    return candidate
            except InputError as error:
                _log.warning("%s", error)
    if kind == "int8":
        return None
    if not all(importlib.util.find_spec(name) for name in ("torch", "onnxscript")):
        raise InputError(f"{path}: no graph beside it; to make one: pip install 'squeezeseg[train,export]'")
    from squeezeseg.graphs.onnx_export import export_onnx

    _log.warning("%s: making its graph for engines other than torch; the next start finds it", path.name)
    export_onnx(model, cached)
    return cached
