"""Nodes of an ONNX graph, each with the layer of the network that it was made of."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from squeezeseg.graphs.metadata import SCOPES
from squeezeseg.profiling.layer import IN_PLACE, INPUT, Layers

if TYPE_CHECKING:
    import onnx

_OPERATIONS = {
    "conv2d": "convolution",
    "conv_transpose2d": "convolution",
    "linear": "addmm",
    "max_pool2d": "max_pool2d_with_indices",
    "adaptive_avg_pool2d": "mean",
    "_native_batch_norm_legit_no_training": "native_batch_norm",
    "batch_norm": "native_batch_norm",
    "prelu": "_prelu_kernel",
    "relu6": "hardtanh",
    "reshape": "clone",
    "_unsafe_view": "clone",
    "getitem": "split",
}
"""Operations that the exporter has another name for."""


def nodes_of_layers(graph: Path, layers: Layers) -> dict[str, int]:
    """The layer, by number, of each node of a graph by its name, and by the names of what it gives.

    graph: an .onnx that PyTorch exported; with the module paths of the network that was counted.
    Nodes without such a path go to the layer that takes what they take, or that made it. What is computed of weights
    alone is left out.
    """
    import onnx

    numbers = {(layer.module, layer.operation): list[int]() for layer in layers.layers}
    for place, layer in enumerate(layers.layers):
        numbers[layer.module, layer.operation].append(place)
    found, made = dict[str, int](), dict[str, int]()
    places, seen = dict[tuple[str, str], int](), Counter[tuple[str, str]]()
    model = onnx.load(graph, load_external_data=False)
    made.update({one.name: INPUT for one in model.graph.input})
    for node in model.graph.node:
        number: int | None = None
        if scopes := _scopes(node):
            module, name = scopes[-2] if len(scopes) > 1 else "", scopes[-1]
            operation = re.sub(r"_\d+$", "", name)
            key = module, _OPERATIONS.get(operation, operation)
            if (module, name) not in places and key in numbers:
                places[module, name] = numbers[key][min(seen[key], len(numbers[key]) - 1)]
                seen[key] += 1
            number = places.get((module, name))
        if number is None:
            sources = [made[one] for one in node.input if one in made]
            if not sources:
                continue
            number = _taker(node.op_type.lower(), sources[0], layers)
        for name in (node.name, *node.output):
            found[name] = number
        made.update(dict.fromkeys(node.output, number))
    return found


def _taker(operation: str, source: int, layers: Layers) -> int:
    """The first layer of an operation that takes what a layer gives, as it is or seen differently; else that layer."""
    same = {source}
    for number, layer in enumerate(layers.layers):
        if same & set(layer.inputs):
            if layer.operation == operation:
                return number
            if layer.kind in IN_PLACE:
                same.add(number)
    return source


def _scopes(node: onnx.NodeProto) -> list[str]:
    for entry in node.metadata_props:
        if entry.key == SCOPES:
            return [str(one) for one in ast.literal_eval(entry.value)]
    return []


def original_names(text: str) -> Iterator[str]:
    """Names of the graph's nodes that an engine's node stands for, as OpenVINO tells them.

    'node_Conv_57,node_relu/fq_output_0' -> 'node_Conv_57', 'node_relu': what quantization put there is the node's whose
    name it has.
    """
    for name in text.split(","):
        if name:
            yield name.partition("/")[0]


def fused(named: Mapping[str, Collection[int]], layers: Layers) -> dict[str, tuple[int, ...]]:
    """The layers of each node of an engine: those that it is named after, and those before them that no node is.

    So a batch norm's node has the convolution that it was folded into. What takes the place of a pool or a resize is
    another one of the same.
    """
    taken, members = {number for numbers in named.values() for number in numbers}, dict[str, tuple[int, ...]]()
    for name, numbers in named.items():
        own = list(numbers)
        for one in own:
            before = [
                n
                for n in layers.layers[one].inputs
                if n != INPUT and n not in taken and layers.layers[n].kind not in ("pool", "resize")
            ]
            taken.update(before)
            own += before
        members[name] = tuple(own)
    return members
