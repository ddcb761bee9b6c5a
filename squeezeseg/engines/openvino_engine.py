"""OpenVINO, the fastest engine on Intel's and AMD's processors."""

from __future__ import annotations

import copy
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg import processor
from squeezeseg.engines.base import usable_cores
from squeezeseg.graphs import GraphFacts
from squeezeseg.graphs.store import cache_folder, read_graph

if TYPE_CHECKING:
    import openvino


class OpenVINOEngine:
    """Runs a graph with OpenVINO on the processor.

    graph: as `find_graph` found it. precision: "float32" means float32; "bfloat16" and "int8" leave to float32 what
        the processor can't do in them. lanes: twins that will run at once, each on its share of the cores.

    Compiled graphs are cached in the user's cache folder, by OpenVINO.

    Raises:
        InputError: the graph can't be read or compiled.
    """

    def __init__(self, graph: Path, precision: str, lanes: int = 1, reason: str = "") -> None:
        processor.guard_matrix_unit()
        self._graph = _Graph(graph, precision, lanes)
        self._requests: dict[tuple[int, ...], openvino.InferRequest] = {}
        self.width_multiple = self._graph.facts.width_multiple
        self.threads = max(1, usable_cores() // lanes)
        self.name = f"openvino {precision} on cpu"
        self.reason = reason

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Normalised range images (B, 5, H, W) -> logits (B, C, H, W) float32, valid until the next call."""
        request = self._requests.get(inputs.shape)
        if request is None:
            request = self._requests[inputs.shape] = self._graph.compiled(inputs.shape).create_infer_request()
        request.infer([inputs], share_inputs=True, share_outputs=True)
        return request.get_output_tensor(0).data  # type: ignore[no-any-return]

    def twin(self) -> Self:
        """Another for another thread, with the same compiled graphs."""
        other = copy.copy(self)
        other._requests = {}
        return other


class _Graph:
    """A graph, compiled once for each shape of input: fixed shapes run faster than any."""

    def __init__(self, path: Path, precision: str, lanes: int) -> None:
        import openvino

        self.facts: GraphFacts = read_graph(path)
        if self.facts.complete:
            raise InputError(f"{path}: takes metres to labels by itself; the commands need a graph without the CRF")
        self._path = path
        self._core = openvino.Core()
        self._lock = threading.Lock()
        self._compiled: dict[tuple[int, ...], openvino.CompiledModel] = {}
        rounded = processor.describe().multiplies_bfloat16
        hint = "bf16" if precision == "bfloat16" or (precision == "int8" and rounded) else "f32"
        self._settings: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": hint,
            "NUM_STREAMS": lanes,
            "INFERENCE_NUM_THREADS": max(usable_cores(), lanes),
            # The lanes' own threads run on the same cores between two networks: pinned ones would wait for each other.
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
        with self._lock:
            if shape not in self._compiled:
                model = self._core.read_model(self._path)
                try:
                    model.reshape(list(shape))
                    self._compiled[shape] = self._core.compile_model(model, "CPU", self._settings)
                except RuntimeError as error:
                    reason = str(error).strip().splitlines()[-1]
                    raise InputError(f"{self._path}: OpenVINO can't run it for {shape} ({reason})") from None
            return self._compiled[shape]
