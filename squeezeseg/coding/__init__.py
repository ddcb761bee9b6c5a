"""Codes of weights as bytes, and back: integers only, nothing but NumPy and numba."""

from squeezeseg.coding.codec import CODECS, Codec, Codes

__all__ = ["CODECS", "Codec", "Codes"]
