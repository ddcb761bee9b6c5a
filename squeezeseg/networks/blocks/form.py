"""The form that a definition is built in: for range images, or for classifying pictures as its paper has it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """How blocks become layers.

    batch_norm: behind each convolution; without, as it is folded away, convolutions have a bias instead.
    square: strides run along both axes, as published; else along the width only, for a range image is wide and low.
    """

    batch_norm: bool = False
    square: bool = False

    def stride(self, stride: int) -> tuple[int, int]:
        """Along height and width."""
        return (stride if self.square else 1), stride
