"""CUDA graphs: a function recorded once for inputs of one shape, then launched as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

WARM_UP = 3
"""Runs before recording: libraries choose their kernels and take their memory in them."""


class Recorded:
    """A function of tensors, called with arrays in the host's memory.

    On CUDA the host's side is pinned, so that copies need no second copy, and the kernels are recorded as a CUDA graph
    at the first call: a network and a CRF are hundreds of kernels that take less time to run than to launch. So
    `function` must launch the same kernels whatever the values are: no result may come to the host within it, no
    constant from there. On the processor it is just called.

    Not for several threads at once. Several of them, each with a stream of its own, are.

    function: of one tensor for each input; gives a tuple of tensors.
    inputs: shape and type of each.
    device: where it runs.

    inputs: arrays to be filled before a call.

    Example:
        >>> double = Recorded(lambda x: (2 * x,), [((4,), torch.float32)], torch.device("cuda"))
        >>> double.inputs[0][:] = 1
        >>> double()[0]  # array([2., 2., 2., 2.], dtype=float32)
    """

    def __init__(
        self,
        function: Callable[..., tuple[Tensor, ...]],
        inputs: Sequence[tuple[tuple[int, ...], torch.dtype]],
        device: torch.device,
    ) -> None:
        self._function = function
        cuda = device.type == "cuda"
        self._host = [torch.zeros(shape, dtype=dtype, pin_memory=cuda) for shape, dtype in inputs]
        self._there = [torch.empty_like(host, device=device) for host in self._host] if cuda else self._host
        self._stream = torch.cuda.Stream(device) if cuda else None  # type: ignore[no-untyped-call]
        self._graph: torch.cuda.CUDAGraph | None = None
        self._results: tuple[Tensor, ...] = ()
        self._answers: list[Tensor] = []
        self.inputs: list[NDArray[Any]] = [host.numpy() for host in self._host]

    @torch.inference_mode()
    def __call__(self) -> list[NDArray[Any]]:
        """The function's results for what `inputs` hold, valid until the next call."""
        if self._stream is None:
            return [result.numpy() for result in self._function(*self._there)]
        with torch.cuda.stream(self._stream):
            for there, host in zip(self._there, self._host, strict=True):
                there.copy_(host, non_blocking=True)
            if self._graph is None:
                self._graph = self._record()
            self._graph.replay()
            for answer, result in zip(self._answers, self._results, strict=True):
                answer.copy_(result, non_blocking=True)
            self._stream.synchronize()
        return [answer.numpy() for answer in self._answers]

    def _record(self) -> torch.cuda.CUDAGraph:
        for _ in range(WARM_UP):
            self._function(*self._there)
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the device meanwhile.
        with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
            self._results = self._function(*self._there)
        self._answers = [torch.empty_like(result, device="cpu", pin_memory=True) for result in self._results]
        return graph
