"""The width of vectors in compiled kernels.

LLVM uses half of what AVX-512 has on every processor of Intel's, because the first of them ran slower at full width.
Those with AVX512-FP16 (Sapphire Rapids and later) don't; there the CRF takes a sixth less at full width.
"""

from __future__ import annotations

from typing import Any

import numba
from numba.core import codegen

_FULL = "-prefer-256-bit"


def full_width(features: str) -> str | None:
    """The features to compile for instead of a processor's, both as LLVM names them; None for those it has."""
    return f"{features},{_FULL}" if "+avx512fp16" in features.split(",") else None


def prefer_full_width() -> None:
    """Compile for the full width from now on, unless somebody asked for another processor or for its features."""
    config: Any = numba.config
    if config.CPU_NAME is None and config.CPU_FEATURES is None:
        config.CPU_FEATURES = full_width(codegen.get_host_cpu_features())  # type: ignore[no-untyped-call]


# Importing this module sets it, before anything is compiled.
prefer_full_width()
