"""Backbones: range images to features of several widths."""
