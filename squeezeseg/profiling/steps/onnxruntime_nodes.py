"""ONNX Runtime's own profile: the time of each node that it runs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from squeezeseg.engines.base import usable_cores
from squeezeseg.engines.onnxruntime_engine import session_options
from squeezeseg.profiling.layer import Layers
from squeezeseg.profiling.steps.execution import WARM_UP, Node, image_of
from squeezeseg.profiling.steps.graph_nodes import fused

_SUFFIX = "_kernel_time"
_REORDERED = "_nchwc"
"""What a node's name ends in where it takes channels in blocks; in front of it is the name of what it gives."""


class OnnxRuntimeRunner:
    """Runs a graph as `OnnxRuntimeEngine` does, on all cores.

    numbers: of layers, by the names of the graph's nodes and of what they give. Its profile is written beside the
    graph.
    """

    def __init__(self, graph: Path, layers: Layers, numbers: Mapping[str, int]) -> None:
        import onnxruntime

        self.threads = usable_cores()

        def session(*, profiled: bool) -> Any:
            options = session_options(self.threads)
            options.enable_profiling = profiled
            options.profile_file_prefix = str(graph.with_suffix(""))
            return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

        self._plain, self._counted = session(profiled=False), session(profiled=True)
        self._inputs = {self._plain.get_inputs()[0].name: image_of(layers.image)}
        self._layers, self._numbers = layers, numbers

    def plain(self) -> None:
        """See `Runner`."""
        self._plain.run(None, self._inputs)

    def counted(self) -> None:
        """See `Runner`."""
        self._counted.run(None, self._inputs)

    def nodes(self) -> tuple[Node, ...]:
        """See `Runner`."""
        times, about = defaultdict[str, list[float]](list), dict[str, dict[str, Any]]()
        for event in json.loads(Path(self._counted.end_profiling()).read_text()):
            if event.get("cat") == "Node" and event["name"].endswith(_SUFFIX):
                name = event["name"].removesuffix(_SUFFIX)
                times[name].append(event["dur"] / 1e3)
                about[name] = event["args"]
        known = {name: self._numbers.get(name.removesuffix(_REORDERED), -1) for name in times}
        members = fused({name: [number] for name, number in known.items() if number >= 0}, self._layers)
        return tuple(
            Node(
                name,
                about[name]["op_name"],
                members.get(name, ()),
                float(np.median(found[WARM_UP:])),
                min(found),
                4,
                4,
                0 if name in members else 2 * int(about[name].get("output_size", 0)),
            )
            for name, found in times.items()
        )
