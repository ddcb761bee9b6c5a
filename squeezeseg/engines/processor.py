"""The processor's features, where asking the libraries is not enough."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from squeezeseg.engines.instruction_set import INSTRUCTION_SETS, SWITCH, WITHOUT_AMX, InstructionSet, allowed

_log = logging.getLogger(__name__)
NETWORK_FLAGS = (
    "avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_int8",
)  # fmt: skip
"""Features that networks are fast with."""
_TILE_LEAF = 0x1D  # the CPUID leaf that tells the shapes of AMX tiles


@dataclass(frozen=True)
class Processor:
    """A processor, as far as the engines may use it: without what `instruction_set.SWITCH` keeps them from.

    name: as it calls itself. flags: its features. amx: whether its matrix unit can be used.
    """

    name: str
    flags: frozenset[str]
    amx: bool

    @property
    def multiplies_int8(self) -> str:
        """The unit that multiplies bytes, or ''."""
        vector = {"avx512_vnni": "AVX-512 VNNI", "avx_vnni": "AVX-VNNI"}
        known = ["AMX"] * (self.amx and "amx_int8" in self.flags) + [vector[f] for f in vector if f in self.flags]
        return known[0] if known else ""

    @property
    def multiplies_bfloat16(self) -> str:
        """The unit that multiplies bfloat16 faster than float32, or '': AVX-512 BF16 measured slower."""
        return "AMX" if self.amx and "amx_bf16" in self.flags else ""

    def multiplies(self, precision: str) -> str:
        """The unit that multiplies numbers of a precision, or '' where float32 is faster."""
        units = {"int8": self.multiplies_int8, "bfloat16": self.multiplies_bfloat16, "float32": "always works"}
        return units[precision]

    @property
    def instruction_sets(self) -> tuple[InstructionSet, ...]:
        """Those that it has, the widest last."""
        has = {"avx2": "avx2" in self.flags, "avx512": "avx512bw" in self.flags, "amx": self.amx}
        return tuple(one for one in INSTRUCTION_SETS if has[one])


def describe(cpuinfo: str | None = None) -> Processor:
    """This processor, or the one that a text in the format of /proc/cpuinfo describes."""
    here = cpuinfo is None
    if cpuinfo is None:
        try:
            cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        except OSError:
            cpuinfo = ""
    facts = dict[str, str]()
    for line in cpuinfo.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            facts.setdefault(key.strip(), value.strip())
    flags = frozenset(facts.get("flags", "").split())
    if here:
        flags = allowed(flags)
    level = facts.get("cpuid level", "")
    # Some hypervisors show AMX but hide the leaf with the tile shapes. oneDNN then configures no tiles, and
    # the first bf16 or int8 convolution dies of an illegal instruction.
    amx = "amx_tile" in flags and level.isdigit() and int(level) >= _TILE_LEAF
    return Processor(facts.get("model name", "unknown processor"), flags, amx)


def guard_matrix_unit() -> None:
    """Keep oneDNN off an AMX unit that would kill the process. Call before the first bf16 or int8 layer runs."""
    processor = describe()
    if "amx_tile" in processor.flags and not processor.amx and SWITCH not in os.environ:
        os.environ[SWITCH] = WITHOUT_AMX
        _log.info("AMX is announced but not usable here (hidden CPUID leaf): using AVX-512")
