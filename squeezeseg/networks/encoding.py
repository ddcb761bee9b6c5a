"""Encodings: what a network sees of a range image's pixels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Encoding = Literal["cartesian", "cylindrical"]
"""cartesian: x, y, z, intensity and range, by mean and deviation. cylindrical: see `cylindrical`."""

CYLINDRICAL = ("intensity", "return", "z", "fine z", "distance", "range", "fine distance", "fine distance, shifted")
CHANNELS: Mapping[Encoding, int] = {"cartesian": 5, "cylindrical": len(CYLINDRICAL)}
"""Channels of each encoding."""

LARGEST, STEP = 127, 1 / 128
"""The largest number of steps either way, and the step."""

# Powers of two where they can be: sums and products are then the same however they are fused.
GROUND, HALF_HEIGHT = 1.0, 4.0
"""Metres: z is told from 5 below the sensor of training to 3 above it."""
FINE_HEIGHT = 2.0
HALF_DISTANCE = 32.0
FINE_DISTANCE = 8.0
"""Metres from one crest of a fine channel to the next."""
MIDDLE_RANGE = 8.0
"""Metres at which the channel of the range is 0."""


def cylindrical(channels: NDArray[np.float32], raised: float = 0.0) -> NDArray[np.float32]:
    """Channels (..., 5, H, W) in metres -> (..., 8, H, W) without azimuth, all of them -127 to 127 times 1/128.

    A turned scan gives the same numbers in other columns, for nothing but range, z and intensity is looked at. An
    empty pixel is 0 throughout, as is what lies beyond the image's edges.

    They are bytes from the start, so int8 loses nothing of the input, and bfloat16 nothing either. Over the whole span
    of metres a byte is too coarse. So triangle waves tell z and the distance along the ground again, to a centimetre or
    two; the latter twice, for one wave is steep where the other turns.

    raised: metres that the sensor sits higher than the one of the training scans.
    """
    z, intensity, away = (channels[..., channel, :, :].astype(np.float32, copy=False) for channel in (2, 3, 4))
    ground = np.sqrt(np.maximum(away * away - z * z, np.float32(0)))
    height, share = z + np.float32(raised), ground * np.float32(1 / FINE_DISTANCE)
    seen = away > 0
    encoded = (
        np.clip(intensity, 0, 1),
        seen,
        np.clip((height + np.float32(GROUND)) * np.float32(1 / HALF_HEIGHT), -1, 1),
        _triangle(height * np.float32(1 / FINE_HEIGHT)),
        np.minimum(ground * np.float32(1 / HALF_DISTANCE) - np.float32(1), np.float32(1)),
        (away - np.float32(MIDDLE_RANGE)) / (away + np.float32(MIDDLE_RANGE)),
        _triangle(share),
        _triangle(share + np.float32(0.25)),
    )
    whole = (np.floor(one * np.float32(LARGEST) + np.float32(0.5)) * np.float32(STEP) for one in encoded)
    return np.stack([np.where(seen, one, 0).astype(np.float32) for one in whole], axis=-3)


def _triangle(turns: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 at whole numbers, -1 halfway between them, straight in between."""
    part = turns - np.floor(turns)
    return np.asarray(np.abs(part * np.float32(4) - np.float32(2)) - np.float32(1))
