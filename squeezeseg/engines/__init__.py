"""Engines: what can run a network."""

from squeezeseg.engines.base import Engine

__all__ = ["Engine"]
