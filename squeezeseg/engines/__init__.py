"""Engines: the libraries that run a network."""

from __future__ import annotations

import importlib.util
from typing import Literal

from squeezeseg.engines.base import ByteEngine, CircularEngine, Engine, GraphFile, Outputs, usable_cores

__all__ = [
    "ENGINES",
    "ByteEngine",
    "CircularEngine",
    "Engine",
    "EngineName",
    "GraphFile",
    "Outputs",
    "Precision",
    "installed",
    "usable_cores",
]

EngineName = Literal["auto", "openvino", "onnxruntime", "torch"]
Precision = Literal["auto", "float32", "bfloat16", "int8"]

ENGINES: dict[str, tuple[str, ...]] = {
    "openvino": ("int8", "bfloat16", "float32"),
    "onnxruntime": ("float32",),
    "torch": ("bfloat16", "float32"),
}
"""Engines, the one to be preferred first, and their precisions."""


def installed(engine: str) -> bool:
    """True if the engine's library is installed."""
    return importlib.util.find_spec(engine) is not None
