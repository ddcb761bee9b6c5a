"""Checks of a recording: `squeezeseg doctor`."""
