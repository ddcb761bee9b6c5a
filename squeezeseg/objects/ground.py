"""The ground of a range image, found column by column.

From the lowest beam upwards, a return is ground as long as the way to it from the last ground return is flat enough:
the slope test of Himmelsbach et al., Fast segmentation of 3D point clouds for ground vehicles, IV 2010, between
neighbouring beams as Bogoslavskyi and Stachniss have it (Efficient online segmentation for sparse 3D laser scans, PFG
2017).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from projection import RangeImage

STEEPEST = 0.21
"""Rise per metre (12 degrees) from one ground return to the next one."""
JUMP = 0.3
"""Metres that the ground may rise or fall over any gap."""
MORE = (0.03, 0.08)
"""What it may rise, and fall, beyond that per metre of gap. Far behind a car that hides the road, what is seen next is
rather a roof than a hill; and what seems to lie deep below the road is a mirror image in something that shines."""
ROUGHNESS = 0.06
"""Metres that rough ground, or a sensor's noise, may add to any of that."""


def find_ground(image: RangeImage) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which pixels are ground, and how high the ground lies under each.

    Returns:
        (H, W) bool, False where there is no return; (H, W) float32, z in metres of the last ground that its column
        saw below a pixel, -`sensor.height` where it saw none.
    """
    ground = np.zeros(image.sensor.shape, np.bool_)
    level = np.empty(image.sensor.shape, np.float32)
    walk(image.channels, image.sensor.height, STEEPEST, JUMP, *MORE, ROUGHNESS, ground, level)
    return ground, level


@njit(cache=True, nogil=True)
def walk(
    channels: NDArray[np.float32],
    sensor_height: float,
    steepest: float,
    jump: float,
    more_up: float,
    more_down: float,
    roughness: float,
    ground: NDArray[np.bool_],
    level: NDArray[np.float32],
) -> None:
    """Fill `ground`, which is all False, and `level`, row after row from the lowest."""
    height, width = ground.shape
    away = np.zeros(width, np.float32)  # of each column's last ground, from the sensor, along the ground
    z_ground = np.full(width, np.float32(-sensor_height))
    steep, most, rough = np.float32(steepest), np.float32(jump), np.float32(roughness)
    up, down = np.float32(more_up), np.float32(more_down)
    for r in range(height - 1, -1, -1):
        for c in range(width):
            level[r, c] = z_ground[c]
            if channels[4, r, c] == 0.0:
                continue
            x, y, z = channels[0, r, c], channels[1, r, c], channels[2, r, c]
            distance = np.sqrt(x * x + y * y)
            step = distance - away[c]
            if step < -rough:
                continue  # it hangs over ground that was seen already
            step = max(step, np.float32(0.0))
            rise = z - z_ground[c]
            limit = most + (up if rise > 0 else down) * step
            if abs(rise) <= min(steep * step, limit) + rough:
                ground[r, c] = True
                away[c], z_ground[c] = max(distance, away[c]), z
                level[r, c] = z
