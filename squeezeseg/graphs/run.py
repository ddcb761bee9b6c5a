"""Engines of graphs: a file to what runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from projection.cache_folder import cache_folder
from squeezeseg.engines import Engine, GraphFile
from squeezeseg.graphs.store import read_network_graph

GraphEngine = Literal["openvino", "onnxruntime"]


def graph_engine(graph: Path, engine: GraphEngine, precision: str, lanes: int = 1, reason: str = "") -> Engine:
    """An engine that runs a network's graph. Compiled graphs are kept in the user's cache.

    Raises:
        InputError: the graph can't be read, doesn't end at the network's outputs, or can't be run.
    """
    file = GraphFile(graph, read_network_graph(graph).width_multiple)
    if engine == "openvino":
        from squeezeseg.engines.openvino_engine import OpenVINOEngine

        return OpenVINOEngine(file, precision, lanes, reason, cache=cache_folder("openvino"))
    from squeezeseg.engines.onnxruntime_engine import OnnxRuntimeEngine

    return OnnxRuntimeEngine(file, precision, lanes, reason)
