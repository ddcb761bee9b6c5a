"""Engines: what can run a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from squeezeseg.engines.base import Engine

if TYPE_CHECKING:
    from squeezeseg.model_file import Model

__all__ = ["Engine", "EngineName", "Precision", "load_engine"]

EngineName = Literal["auto", "torch"]
Precision = Literal["auto", "float32", "bfloat16"]


def load_engine(model: Model, engine: EngineName = "auto", precision: Precision = "auto", lanes: int = 1) -> Engine:
    """The engine that runs a model: the one place where engines are chosen.

    lanes: how many twins will run at once; each has its share of the cores.

    Raises:
        InputError: the engine is not installed, lacks the precision, or the model doesn't fit it.
    """
    from squeezeseg.engines.torch_engine import TorchEngine

    return TorchEngine(model, precision)
