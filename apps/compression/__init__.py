"""Compressing weights: its stages, and what is told of them."""
