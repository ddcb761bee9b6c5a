"""OpenVINO's own counters: the time of each node that it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from squeezeseg.engines.base import usable_cores
from squeezeseg.engines.openvino_engine import settings
from squeezeseg.profiling.layer import INPUT, Layers
from squeezeseg.profiling.steps.execution import WARM_UP, Node, image_of
from squeezeseg.profiling.steps.graph_nodes import fused, original_names

if TYPE_CHECKING:
    import openvino

_SIZES = {"f64": 8, "i64": 8, "f32": 4, "i32": 4, "u32": 4, "bf16": 2, "f16": 2, "i8": 1, "u8": 1, "boolean": 1}


class OpenVINORunner:
    """Runs a graph as `OpenVINOEngine` does, on all cores.

    OpenVINO's counters are means over the runs so far, in whole microseconds. So the median is one of means, and the
    fastest run is told a little too slow, the more the machine was disturbed.

    numbers: of layers, by the names of the nodes of the .onnx that the graph is or was made of.

    Raises:
        InputError: the processor can't run the precision.
    """

    def __init__(self, graph: Path, layers: Layers, precision: str, numbers: Mapping[str, int]) -> None:
        import openvino

        core = openvino.Core()
        self.threads = usable_cores()
        model = core.read_model(graph)
        model.reshape(list(layers.image))
        properties = settings(core, precision, self.threads)
        counting = core.compile_model(model, "CPU", properties | {"PERF_COUNT": True})
        self._plain = core.compile_model(model, "CPU", properties).create_infer_request()
        self._counted = counting.create_infer_request()
        self._about = {op.get_friendly_name(): op for op in counting.get_runtime_model().get_ops()}
        self._image, self._layers, self._numbers = image_of(layers.image), layers, numbers
        self._times: list[list[float]] = []

    def plain(self) -> None:
        """See `Runner`."""
        self._plain.infer([self._image], share_inputs=True, share_outputs=True)

    def counted(self) -> None:
        """See `Runner`."""
        self._counted.infer([self._image], share_inputs=True, share_outputs=True)
        self._times.append([one.real_time.total_seconds() * 1e3 for one in self._counted.profiling_info])

    def nodes(self) -> tuple[Node, ...]:
        """See `Runner`."""
        times, ran = np.array(self._times[WARM_UP:]).T, []
        for one, own in zip(self._counted.profiling_info, times, strict=True):
            if str(one.status).endswith(".EXECUTED"):
                ran.append((one, float(np.median(own)), float(own.min())))
        named = {one.node_name: self._named(one.node_name) for one, _, _ in ran}
        members = fused(named, self._layers)
        return tuple(self._node(one, members[one.node_name], median, best) for one, median, best in ran)

    def _named(self, name: str) -> list[int]:
        """The layers that a node is named after."""
        if name not in self._about:
            return []
        names = original_names(self._about[name].get_rt_info()["originalLayersNames"].astype(str))
        return list(dict.fromkeys(self._numbers[one] for one in names if self._numbers.get(one, INPUT) != INPUT))

    def _node(self, counted: openvino.ProfilingInfo, layers: tuple[int, ...], milliseconds: float, best: float) -> Node:
        op = self._about.get(counted.node_name)
        if op is None:
            return Node(counted.node_name, counted.exec_type, (), milliseconds, best, 4, 4)
        info = op.get_rt_info()
        read = _SIZES.get(info["runtimePrecision"].astype(str), 4)
        written = _SIZES.get(info["outputPrecisions"].astype(str).partition(",")[0], 4)
        moved = 0 if layers else math.prod(op.output(0).shape) * (read + written)
        return Node(counted.node_name, counted.exec_type, layers, milliseconds, best, read, written, moved)
