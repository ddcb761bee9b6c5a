"""Export of trained weights as an ONNX graph, which ONNX Runtime and OpenVINO run without PyTorch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from crf import CRFSettings
from data.atomic import atomic_write
from projection import InputError
from squeezeseg.engines.torch_engine import load_network
from squeezeseg.graphs.complete import Complete
from squeezeseg.graphs.metadata import KEY, SCOPES, GraphFacts
from squeezeseg.graphs.store import cached_graph
from squeezeseg.networks.strided_folds import stride_folds
from squeezeseg.weights import Model

if TYPE_CHECKING:
    import onnx

    from squeezeseg.networks.build import Network

_log = logging.getLogger(__name__)


def export_onnx(model: Model, path: Path, *, complete: bool = False) -> GraphFacts:
    """Write a model's graph, for images of any height and batches of any size.

    Input 'scan' (B, C, H, W) float32, W a multiple of the network's. Of a network alone: normalised channels to
    'logits' (B, C, H, W). If `complete`: channels in metres to 'labels' (B, H, W) uint8 and 'energies' (B, C, H, W),
    see `Complete`. Weights that float16 holds exactly are stored in it.

    Raises:
        InputError: the weights don't fit the network, have no CRF to complete it with, or the file can't be written.
    """
    proto, facts = network_onnx(model, complete=complete)
    _halve(proto)
    entry = proto.metadata_props.add()
    entry.key, entry.value = KEY, facts.to_text()
    with atomic_write(path) as file:
        file.write(proto.SerializeToString())
    return facts


def network_onnx(model: Model, *, complete: bool = False) -> tuple[onnx.ModelProto, GraphFacts]:
    """The graph of `export_onnx` with its weights in float32, and its metadata, which isn't in it."""
    built = load_network(model)
    multiple = built.width_multiple
    strided = stride_folds(built)
    network: nn.Module = complete_network(model, strided) if complete else strided
    dim = torch.export.Dim
    width = multiple * dim("columns", min=2, max=1024)
    proto = onnx_of(
        network,
        {"scan": (2, 5 if complete else built.architecture.inputs, 8, 4 * multiple)},
        ["labels", "energies"] if complete else list(built.outputs),
        {0: dim("batch", min=1, max=256), 2: dim("height", min=1, max=256), 3: width},
    )
    return proto, GraphFacts(model, "float", multiple, complete)


def onnx_of(
    network: nn.Module, takes: Mapping[str, tuple[int, ...]], gives: list[str], free: dict[int, Any] | None = None
) -> onnx.ModelProto:
    """The ONNX graph of a module.

    takes: the shape of an example of each input by the input's name. gives: names of what comes out.
    free: torch's `Dim` of each dimension that may vary, where there is one input.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own exporter about its own functions
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            program = torch.onnx.export(
                network,
                tuple(map(torch.zeros, takes.values())),
                dynamo=True,
                verbose=False,
                input_names=list(takes),
                output_names=gives,
                dynamic_shapes=(free,) if free else None,
            )
        finally:
            logging.disable(before)
    assert program is not None
    proto = program.model_proto
    for node in proto.graph.node:  # torch also writes there where in the source each comes from, with a machine's paths
        kept = [entry for entry in node.metadata_props if entry.key == SCOPES]
        node.ClearField("metadata_props")
        node.metadata_props.extend(kept)
    return proto


def export_to_cache(model: Model) -> Path:
    """Write the float graph of weights into the user's cache, where engines find it. It takes some seconds, once.

    Raises:
        InputError: it can't be written.
    """
    cached = cached_graph(model, "float")
    if cached is None:
        raise InputError(
            f"{model.card.file}: its graph can be kept nowhere; set XDG_CACHE_HOME to a folder that can be written, "
            "or --engine torch"
        )
    _log.warning("%s: making its graph for engines other than torch; the next start finds it", model.card.file)
    export_onnx(model, cached)
    return cached


def complete_network(model: Model, network: Network) -> Complete:
    """The network with normalisation before it and the CRF behind it. Raises InputError if the model has no CRF."""
    settings: CRFSettings | None = model.card.crf
    if settings is None:
        raise InputError(f"{model.path}: these weights have no CRF to export")
    return Complete(network, model.card.normalisation, settings, model.part("crf"))


def _halve(proto: onnx.ModelProto) -> None:
    """Store float32 weights in float16, with a cast behind, where that loses nothing."""
    import onnx
    from onnx import helper, numpy_helper

    casts = []
    for tensor in proto.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        value = numpy_helper.to_array(tensor)
        half = value.astype(np.float16)
        if value.size < 64 or not np.array_equal(half.astype(np.float32), value):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    for cast in reversed(casts):
        proto.graph.node.insert(0, cast)
