"""OpenVINO, the fastest engine on Intel's and AMD's processors."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.engines import processor
from squeezeseg.engines.base import Device, EngineError, GraphFile, Outputs, usable_cores
from squeezeseg.engines.blob_cache import BlobCache
from squeezeseg.engines.circular_padding import can_be_circular, make_circular
from squeezeseg.engines.instruction_set import SWITCH, allowed
from squeezeseg.networks.encoding import STEP

if TYPE_CHECKING:
    import openvino

_MULTIPLY = {"Convolution", "Deconvolution", "FullyConnected", "MatMul"}
"""OpenVINO's kinds of layers that oneDNN computes."""


class OpenVINOEngine:
    """Runs a graph with OpenVINO on the processor.

    precision: "float32" means float32; "int8" runs what isn't quantized in bfloat16 where the processor multiplies
        it. lanes: clones that will run at once, each on its share of the cores.
    cache: a folder for compiled graphs, None for none.

    Raises:
        InputError: the processor can't run the precision. When it is called, EngineError: the graph can't be read or
            compiled, or memory is short.
    """

    device: Device = "cpu"

    def __init__(
        self, graph: GraphFile, precision: str, lanes: int = 1, reason: str = "", *, cache: Path | None = None
    ) -> None:
        processor.guard_matrix_unit()
        self.threads = max(1, usable_cores() // lanes)
        self._compiler = _Compiler(graph, precision, self.threads, cache)
        self._workspaces: dict[tuple[tuple[int, ...], int, bool], _Workspace] = {}
        self.width_multiple = graph.width_multiple
        self.name, self.loads = f"openvino {precision} on cpu", ("openvino", precision)
        self.reason = reason

    def __call__(self, inputs: NDArray[np.float32] | NDArray[np.int8]) -> Outputs:
        """Normalised range images (B, C, H, W) -> the network's outputs, valid until the next call."""
        return self.around(inputs, 0)

    @property
    def kernels(self) -> frozenset[str]:
        """See `TellsKernels`."""
        return frozenset[str]().union(*(kernels_of(workspace.compiled) for workspace in self._workspaces.values()))

    @property
    def circular(self) -> bool:
        """See `CircularEngine`: whether the graph has layers alone whose edges can be made to meet."""
        return self._compiler.circular

    @property
    def takes_bytes(self) -> bool:
        """See `ByteEngine`: whether the graph computes with bytes."""
        return self._compiler.precision == "int8"

    def around(self, inputs: NDArray[np.float32] | NDArray[np.int8], turn: int) -> Outputs:
        """See `CircularEngine`. turn: 0 for images that have edges."""
        key = inputs.shape, turn, inputs.dtype == np.int8
        workspace = self._workspaces.get(key)
        if workspace is None:
            compiled = self._compiler.compiled((1, *inputs.shape[1:]), turn, key[2])
            workspace = self._workspaces[key] = _Workspace(compiled, len(inputs))
        try:
            return workspace.run(inputs)
        except RuntimeError as error:
            raise EngineError(f"OpenVINO can't go on ({str(error).strip().splitlines()[-1]})") from None

    def clone(self) -> Self:
        """Another for another thread. It compiles for itself: two streams of one compiled graph were slower."""
        other = copy.copy(self)
        other._compiler, other._workspaces = copy.copy(self._compiler), {}
        return other


class _Workspace:
    """A request for one image, and the outputs of a batch, into which it writes. compiled: the graph."""

    def __init__(self, compiled: openvino.CompiledModel, batch: int) -> None:
        import openvino

        self.compiled = compiled
        self._request = compiled.create_infer_request()
        self._outputs = {
            output.get_any_name(): np.empty((batch, *tuple(output.shape)[1:]), np.float32)
            for output in compiled.outputs
        }
        self._places = [
            [
                (output, openvino.Tensor(values[k : k + 1], shared_memory=True))
                for output, values in zip(compiled.outputs, self._outputs.values(), strict=True)
            ]
            for k in range(batch)
        ]

    def run(self, inputs: NDArray[np.float32] | NDArray[np.int8]) -> Outputs:
        # One by one, for what is between the layers of one image stays in the cache.
        for k, places in enumerate(self._places):
            for output, tensor in places:
                self._request.set_tensor(output, tensor)
            self._request.infer([inputs[k : k + 1]], share_inputs=True, share_outputs=True)
        return self._outputs


def prepare_threads() -> None:
    """Make OpenVINO look up NumPy now: two threads that are the first to do so may wait for each other for ever.

    pybind11 does it once, where one thread waits for Python's lock within C++'s, and the other the other way round.
    """
    import openvino

    openvino.Type.f32.to_dtype()


class _Compiler:
    """Compiles a graph for fixed sizes, which run faster than any."""

    def __init__(self, graph: GraphFile, precision: str, threads: int, cache: Path | None) -> None:
        import openvino

        prepare_threads()
        self._graph = graph
        self.precision = precision
        self._core = openvino.Core()
        self._settings = settings(self._core, precision, threads)
        self._cache = BlobCache(cache)
        self._circular: bool | None = None

    @property
    def circular(self) -> bool:
        """Whether the edges of all layers of the graph can be made to meet."""
        if self._circular is None:
            try:
                self._circular = can_be_circular(self._read())
            except RuntimeError as error:
                raise EngineError(f"{self._graph.path}: {str(error).strip().splitlines()[-1]}") from None
        return self._circular

    def compiled(self, shape: tuple[int, ...], turn: int, of_bytes: bool) -> openvino.CompiledModel:
        """The graph for inputs of this shape. turn: columns of a full turn whose ends meet, 0 for none."""
        key = self._key(shape, turn, of_bytes)
        if (blob := self._cache.load(key)) is not None:
            with suppress(RuntimeError):
                return self._core.import_model(blob, "CPU", self._settings)
        try:
            model = self._read()
            model.reshape(list(shape))
            if turn:
                make_circular(model, turn)
            if of_bytes:
                model = _taking_bytes(model)
            compiled = self._core.compile_model(model, "CPU", self._settings)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise EngineError(f"{self._graph.path}: OpenVINO can't run it for {shape} ({reason})") from None
        with suppress(RuntimeError):
            self._cache.store(key, compiled.export_model().getvalue())
        return compiled

    def _key(self, shape: tuple[int, ...], turn: int, of_bytes: bool) -> str:
        """A hash of all that a compiled graph depends on."""
        import openvino

        features = self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        about = [openvino.__version__, self._core.get_property("CPU", "FULL_DEVICE_NAME"), features]
        about += [os.environ.get(SWITCH), shape, self._settings, *([turn] if turn else [])]
        about += ["int8"] if of_bytes else []
        digest = hashlib.sha256(json.dumps(about, default=str).encode())
        if self._graph.content is not None:
            digest.update(self._graph.content)
            return digest.hexdigest()
        for file in (self._graph.path, self._graph.path.with_suffix(".bin")):
            if file.is_file():
                digest.update(file.read_bytes())
        return digest.hexdigest()

    def _read(self) -> openvino.Model:
        """The graph."""
        if self._graph.content is None:
            return self._core.read_model(self._graph.path)
        return self._core.read_model(io.BytesIO(self._graph.content))


def _taking_bytes(model: openvino.Model) -> openvino.Model:
    """A graph whose input is int8, see `ByteEngine`."""
    import openvino
    from openvino.preprocess import PrePostProcessor

    made = PrePostProcessor(model)
    made.input().tensor().set_element_type(openvino.Type.i8)
    made.input().preprocess().convert_element_type(openvino.Type.f32).scale(1 / STEP)
    return made.build()


def settings(core: openvino.Core, precision: str, threads: int) -> dict[str, Any]:
    """Properties of a compiled graph. Raises InputError if the processor can't run the precision."""
    if precision == "bfloat16" and not runs_bfloat16(core):
        raise InputError("--precision bfloat16: OpenVINO would run float32 on this processor; ask for float32")
    rounded = processor.describe().multiplies_bfloat16
    return {
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bfloat16" or (precision == "int8" and rounded) else "f32",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        # Lanes do more than run networks: threads bound to cores would wait while another core has nothing to do.
        "ENABLE_CPU_PINNING": False,
    }


def runs_bfloat16(core: openvino.Core | None = None) -> bool:
    """True if OpenVINO computes in bfloat16 on this processor, rather than in float32 under that name."""
    import openvino

    core = core or openvino.Core()
    # Kept from AVX-512 it says so still, and then fails.
    return bool(allowed({"avx512bw"})) and "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def kernels_of(compiled: openvino.CompiledModel) -> frozenset[str]:
    """The names of a compiled graph's kernels, which tell their instruction set: 'brgconv_avx512_amx_I8'.

    Of the layers that multiply only: resizing, means and shuffles aren't oneDNN's, and say avx512 even where OpenVINO
    is kept from it.
    """
    nodes = [node.get_rt_info() for node in compiled.get_runtime_model().get_ops()]
    return frozenset(node["primitiveType"].astype(str) for node in nodes if node["layerType"].astype(str) in _MULTIPLY)
