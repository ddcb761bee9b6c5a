"""Engines of graphs: a file, or a container, to what runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from projection.cache_folder import cache_folder
from squeezeseg.engines import Engine, GraphFile
from squeezeseg.graphs.assembly import assemble, lists
from squeezeseg.graphs.metadata import Kind
from squeezeseg.graphs.store import find_graph, read_network_graph
from squeezeseg.weights import Model

GraphEngine = Literal["openvino", "onnxruntime"]


def graph_file(model: Model, kind: Kind) -> GraphFile | None:
    """A model's graph: a file of it, else put together from its container; None where there is neither.

    Raises:
        InputError: the file ends elsewhere than at the network's outputs.
    """
    if (path := find_graph(model, kind)) is not None:
        return GraphFile(path, read_network_graph(path).width_multiple)
    content = assemble(model, kind)
    if content is None or model.operations is None:
        return None
    return GraphFile(model.path or Path(model.card.file), model.operations.width_multiple, content)


def has_graph(model: Model, kind: Kind) -> bool:
    """True if `graph_file` gives one."""
    return lists(model, kind) or find_graph(model, kind) is not None


def graph_engine(
    graph: Path | GraphFile, engine: GraphEngine, precision: str, lanes: int = 1, reason: str = ""
) -> Engine:
    """An engine that runs a network's graph. Compiled graphs are kept in the user's cache.

    Raises:
        InputError: the graph can't be read, doesn't end at the network's outputs, or can't be run.
    """
    file = graph if isinstance(graph, GraphFile) else GraphFile(graph, read_network_graph(graph).width_multiple)
    if engine == "openvino":
        from squeezeseg.engines.openvino_engine import OpenVINOEngine

        return OpenVINOEngine(file, precision, lanes, reason, cache=cache_folder("openvino"))
    from squeezeseg.engines.onnxruntime_engine import OnnxRuntimeEngine

    return OnnxRuntimeEngine(file, precision, lanes, reason)
