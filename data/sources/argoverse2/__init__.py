"""Argoverse 2: logs of its sensor data set."""

from data.sources.argoverse2.log import SUFFIX, Argoverse2, open_argoverse2

__all__ = ["SUFFIX", "Argoverse2", "open_argoverse2"]
