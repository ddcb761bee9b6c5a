"""Drift and flip: other pictures made of one, as SqueezeDet was trained on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Boxes = NDArray[np.float64]


def moved(pixels: Pixels, boxes: Boxes, aside: int, down: int) -> tuple[Pixels, Boxes]:
    """Move a picture: what leaves it at the left or the top is cut off, what comes in there is black.

    It grows or shrinks by that: right and lower edge stay at what they show.

    aside, down: pixels to the right and down, negative to the left and up. boxes: (N, 4) centre x, centre y, width,
    height.
    """
    height, width = pixels.shape[:2]
    canvas = np.zeros((height + down, width + aside, 3), np.uint8)
    canvas[max(down, 0) :, max(aside, 0) :] = pixels[max(-down, 0) :, max(-aside, 0) :]
    return canvas, boxes + np.array((aside, down, 0, 0))


def flipped(pixels: Pixels, boxes: Boxes) -> tuple[Pixels, Boxes]:
    """The picture in a mirror."""
    turned = boxes.copy()
    turned[:, 0] = pixels.shape[1] - boxes[:, 0]
    return pixels[:, ::-1], turned


def augmented(pixels: Pixels, boxes: Boxes, rng: np.random.Generator, drift: tuple[int, int]) -> tuple[Pixels, Boxes]:
    """A random other picture. drift: pixels along x and y that it moves at the most; no box is cut off."""
    room = (boxes[:, :2] - boxes[:, 2:] / 2).min(axis=0) if len(boxes) else np.array(drift)
    sides = (pixels.shape[1], pixels.shape[0])
    # To the left and up as far as there is room before the first box, but half of the picture at the most.
    away = [int(np.clip(free, 0, min(most, side // 2))) for free, most, side in zip(room, drift, sides, strict=True)]
    aside, down = (int(rng.integers(-less, most + 1)) for less, most in zip(away, drift, strict=True))
    pixels, boxes = moved(pixels, boxes, aside, down)
    return flipped(pixels, boxes) if rng.random() < 0.5 else (pixels, boxes)
