"""OpenVINO, the fastest engine on Intel's and AMD's processors."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.engines import processor
from squeezeseg.engines.base import usable_cores
from squeezeseg.graphs import GraphFacts
from squeezeseg.graphs.store import cache_folder, read_network_graph

if TYPE_CHECKING:
    import openvino


class OpenVINOEngine:
    """Runs a graph with OpenVINO on the processor.

    graph: as `find_graph` found it. precision: "float32" means float32; "int8" runs what isn't quantized in bfloat16
        where the processor multiplies it. lanes: twins that will run at once, each on its share of the cores.

    Compiled graphs are cached in the user's cache folder, by OpenVINO.

    Raises:
        InputError: the graph can't be read or compiled.
    """

    def __init__(self, graph: Path, precision: str, lanes: int = 1, reason: str = "") -> None:
        processor.guard_matrix_unit()
        self._graph = _Graph(graph, precision, max(1, usable_cores() // lanes))
        self._room: dict[tuple[int, ...], tuple[openvino.InferRequest, NDArray[np.float32]]] = {}
        self.width_multiple = self._graph.facts.width_multiple
        self.threads = self._graph.threads
        self.name = f"openvino {precision} on cpu"
        self.reason = reason

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Normalised range images (B, 5, H, W) -> logits (B, C, H, W) float32, valid until the next call."""
        if inputs.shape not in self._room:
            request = self._graph.compiled((1, *inputs.shape[1:])).create_infer_request()
            classes = len(self._graph.facts.model.card.classes)
            self._room[inputs.shape] = request, np.empty((len(inputs), classes, *inputs.shape[2:]), np.float32)
        request, logits = self._room[inputs.shape]
        for k in range(len(inputs)):  # one by one, for what is between the layers of one image stays in the cache
            request.infer([inputs[k : k + 1]], share_inputs=True, share_outputs=True)
            logits[k] = request.get_output_tensor(0).data[0]
        return logits

    def twin(self) -> Self:
        """Another for another thread. It compiles for itself: two streams of one compiled graph were slower."""
        other = copy.copy(self)
        other._graph, other._room = copy.copy(self._graph), {}
        return other


class _Graph:
    """A graph, compiled for fixed sizes, which run faster than any."""

    def __init__(self, path: Path, precision: str, threads: int) -> None:
        import openvino

        self.facts: GraphFacts = read_network_graph(path)
        self.threads = threads
        self._path = path
        self._core = openvino.Core()
        rounded = processor.describe().multiplies_bfloat16
        hint = "bf16" if precision == "bfloat16" or (precision == "int8" and rounded) else "f32"
        self._settings: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": hint,
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads,
            # Lanes do more than run networks: threads bound to cores would wait while another core has nothing to do.
            "ENABLE_CPU_PINNING": False,
        }
        folder = cache_folder("openvino")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return
        if os.access(folder, os.W_OK):
            self._settings["CACHE_DIR"] = str(folder)

    def compiled(self, shape: tuple[int, ...]) -> openvino.CompiledModel:
        """The graph for inputs of this shape."""
        model = self._core.read_model(self._path)
        try:
            model.reshape(list(shape))
            return self._core.compile_model(model, "CPU", self._settings)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise InputError(f"{self._path}: OpenVINO can't run it for {shape} ({reason})") from None
