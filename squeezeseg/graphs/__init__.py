"""Graphs: networks as files that run without PyTorch, ONNX and OpenVINO's."""

from squeezeseg.graphs.metadata import GraphFacts, Kind
from squeezeseg.graphs.store import find_graph, load_model, read_graph

__all__ = ["GraphFacts", "Kind", "find_graph", "load_model", "read_graph"]
