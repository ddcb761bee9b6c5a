"""Numbers of channels that processors like."""

from __future__ import annotations


def divisible(channels: float, by: int = 8) -> int:
    """The nearest multiple of `by`, at least that and never below 0.9 of the wish (MobileNetV2's rule)."""
    rounded = max(by, int(channels + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * channels else rounded
