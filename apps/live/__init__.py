"""Outputs and reports of `squeezeseg live`."""
