"""Targets: what a latency table is measured on."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from projection import InputError
from squeezeseg.engines import installed
from squeezeseg.engines.instruction_set import InstructionSet, exceeds, widest
from squeezeseg.engines.processor import NETWORK_FLAGS, describe, guard_matrix_unit
from squeezeseg.profiling.repeat import repeat

TableEngine = Literal["openvino", "onnxruntime"]
PRECISIONS: Mapping[str, tuple[str, ...]] = {"openvino": ("int8", "bfloat16", "float32"), "onnxruntime": ("float32",)}
"""Engines that tell how long each of their steps takes, and their precisions."""
_WARM_UP, _FEWEST = 2, 5
"""Runs that don't count, and that count at the least."""
_LIBRARIES: Mapping[str, tuple[str, ...]] = {"openvino": ("openvino", "nncf"), "onnxruntime": ("onnxruntime",)}


@dataclass(frozen=True)
class Target:
    """A processor and an engine on it.

    flags: features of the processor that networks are fast with, without those that the engine is kept from.
    threads: of the engine. versions: of Python and the libraries.
    """

    processor: str
    flags: tuple[str, ...]
    engine: TableEngine
    precision: str
    threads: int
    versions: Mapping[str, str]

    def __str__(self) -> str:
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"{self.engine} {self.precision}, {threads}, {self.processor} ({' '.join(self.flags)})"

    @classmethod
    def here(cls, engine: TableEngine, precision: str, threads: int) -> Target:
        """This machine. Raises InputError if the engine isn't installed, or lacks the precision."""
        if engine not in PRECISIONS:
            raise InputError(f"--engine {engine}: tells no times of its steps; use one of {', '.join(PRECISIONS)}")
        if precision not in PRECISIONS[engine]:
            raise InputError(f"--precision {precision}: {engine} has {', '.join(PRECISIONS[engine])}")
        for library in _LIBRARIES[engine][: None if precision == "int8" else 1]:
            if not installed(library):
                raise InputError(f"a table of {engine} {precision} needs {library}: pip install {library}")
        guard_matrix_unit()
        described = describe()
        flags = tuple(flag for flag in NETWORK_FLAGS if flag in described.flags)
        versions = {"python": platform.python_version()}
        versions |= {library: version(library) for library in _LIBRARIES[engine] if installed(library)}
        return cls(described.name, flags, engine, precision, threads, versions)

    def fastest(self, call: Callable[[], object], seconds: float) -> float:
        """Seconds of a call's fastest run, of those in so many seconds.

        Of one thread it is processor time, which is the same however often others interrupt it.
        """
        clock = time.process_time if self.threads == 1 else time.perf_counter
        return min(repeat(call, seconds, warm_up=_WARM_UP, fewest=_FEWEST, clock=clock)) / 1e3

    def check(self, kernels: Iterable[str]) -> None:
        """Raise InputError if an engine ran kernels of more than the processor's flags, as it was kept to them."""
        allowed: InstructionSet = "amx" if "amx_int8" in self.flags else "avx512" if "avx512f" in self.flags else "avx2"
        ran = widest(kernels)
        if exceeds(ran, allowed):
            raise InputError(f"{self.engine} did not obey: it was kept to {allowed}, and ran {ran}")

    def differs(self, other: Target) -> str:
        """What is another in `other`, in words; '' if nothing is."""
        return ", ".join(
            f"{name} {_words(theirs)}, not {_words(mine)}"
            for name, mine in vars(self).items()
            if (theirs := getattr(other, name)) != mine
        )


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name} {one}" for name, one in value.items())
    return " ".join(value) if isinstance(value, tuple) else str(value)
