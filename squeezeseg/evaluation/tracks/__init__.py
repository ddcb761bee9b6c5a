"""Tracks scored against the true ones: HOTA, MOTA, IDF1."""
