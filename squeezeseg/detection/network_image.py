"""Pictures as SqueezeDet sees them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from squeezeseg.detection.squeezedet import MEANS


def network_image(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.float32]:
    """(H, W, 3) red, green, blue -> (3, height, width): resized, blue first, ImageNet's means taken away."""
    if pixels.shape[:2] != (height, width):
        pixels = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))
    return np.ascontiguousarray(
        (pixels[:, :, ::-1].astype(np.float32) - np.array(MEANS, np.float32)).transpose(2, 0, 1)
    )
