"""Inference: one scan from its points to a label for each of them."""
