"""What a head for boxes gives of the range image: see `heads.boxes`. Nothing here needs PyTorch."""

from __future__ import annotations

ROWS = 2
"""Rows of the image that share a cell; its columns are those that the network folds first."""
NUMBERS = 8
"""That tell a box, see `squeezeseg.detection.box_code`."""


def outputs(classes: int) -> int:
    """Channels of a head for boxes: a logit for each class but the background, and a box's numbers."""
    return classes - 1 + NUMBERS
