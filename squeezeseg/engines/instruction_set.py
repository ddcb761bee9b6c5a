"""Instruction sets: the one that engines are kept to by their own switch, and the one that their kernels are of."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Literal, Protocol, get_args, runtime_checkable

InstructionSet = Literal["avx2", "avx512", "amx"]
INSTRUCTION_SETS: tuple[InstructionSet, ...] = get_args(InstructionSet)
"""Each has those before it too."""
SWITCH = "ONEDNN_MAX_CPU_ISA"
"""An environment variable of oneDNN's, which OpenVINO obeys: no kernel of more than that. It is read once, before the
first layer runs."""
WITHOUT_AMX = "AVX512_CORE_FP16"
"""Value of the switch: all but the matrix unit."""
_VALUES: Mapping[InstructionSet, str] = {"avx2": "AVX2", "avx512": WITHOUT_AMX, "amx": "AVX512_CORE_AMX"}
_LEVELS = (
    "SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2",
    "AVX512_CORE", "AVX512_CORE_VNNI", "AVX512_CORE_BF16", WITHOUT_AMX, "AVX512_CORE_AMX",
)  # fmt: skip
"""Values of the switch, each with the features of those before it."""
_NEEDS = {
    "avx512_fp16": WITHOUT_AMX, "avx512_bf16": "AVX512_CORE_BF16", "avx512_vnni": "AVX512_CORE_VNNI",
    "avx_vnni": "AVX2_VNNI", "avx2": "AVX2",
}  # fmt: skip
"""Flags of a processor, and the level from which on they are used. Others: see `_level`."""


@runtime_checkable
class TellsKernels(Protocol):
    """An engine that tells what it ran."""

    @property
    def kernels(self) -> frozenset[str]:
        """The names of the kernels of all graphs that it has run so far, in the library's words."""
        ...


def switch(wanted: InstructionSet) -> dict[str, str]:
    """The environment of a process whose engines are to be kept to an instruction set.

    Obeyed by OpenVINO. ONNX Runtime has no such switch, and PyTorch's covers a part of its kernels only. What is ours,
    numba's kernels, keeps all that the processor has.
    """
    return {SWITCH: _VALUES[wanted]}


def allowed(flags: Iterable[str]) -> frozenset[str]:
    """Those of a processor's flags that the switch, as it is set in this process, lets an engine use."""
    limit = os.environ.get(SWITCH, "").upper()
    if limit not in _LEVELS:
        return frozenset(flags)
    most = _LEVELS.index(limit)
    return frozenset(flag for flag in flags if _LEVELS.index(_level(flag)) <= most)


def _level(flag: str) -> str:
    if flag in _NEEDS:
        return _NEEDS[flag]
    return "AVX512_CORE_AMX" if flag.startswith("amx") else "AVX512_CORE" if flag.startswith("avx512") else "SSE41"


def widest(kernels: Iterable[str]) -> InstructionSet | None:
    """The instruction set of which the widest kernel is, None if none tells.

    Example:
        >>> widest(["jit_uni_f32", "brgconv_avx512_amx_1x1_I8", "jit_avx512_f32"])
        'amx'
    """
    names = " ".join(kernels)
    return next((one for one in reversed(INSTRUCTION_SETS) if one in names), None)


def exceeds(ran: InstructionSet | None, wanted: InstructionSet) -> bool:
    """True if an engine ran kernels of more than it was kept to."""
    return ran is not None and INSTRUCTION_SETS.index(ran) > INSTRUCTION_SETS.index(wanted)
