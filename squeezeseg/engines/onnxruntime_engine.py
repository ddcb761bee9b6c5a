"""ONNX Runtime, the portable engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from projection import InputError
from squeezeseg.engines.base import Device, GraphFile, Outputs, usable_cores

if TYPE_CHECKING:
    import onnxruntime


class OnnxRuntimeEngine:
    """Runs an .onnx graph with ONNX Runtime on the processor.

    lanes: clones that will run at once, each on its share of the cores.

    Raises:
        InputError: the graph can't be read.
    """

    device: Device = "cpu"

    def __init__(self, graph: GraphFile, precision: str, lanes: int = 1, reason: str = "") -> None:
        import onnxruntime

        self.threads = max(1, usable_cores() // lanes)
        options = session_options(self.threads)
        try:
            source = graph.path if graph.content is None else graph.content
            self._session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions have no base class of their own
            raise InputError(f"{graph.path}: ONNX Runtime can't run it ({error})") from None
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]
        self.width_multiple = graph.width_multiple
        self.name, self.loads = f"onnxruntime {precision} on cpu", ("onnxruntime", precision)
        self.reason = reason

    def __call__(self, inputs: NDArray[np.float32]) -> Outputs:
        """Normalised range images (B, C, H, W) -> the network's outputs."""
        return dict(zip(self._outputs, self._session.run(None, {self._input: inputs}), strict=True))

    def clone(self) -> Self:
        """Itself: a session may be run by several threads."""
        return self


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """Of all sessions. threads: of one."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Waiting threads would spin on the core that the next lane's projection wants.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
