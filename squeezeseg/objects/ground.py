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
from squeezeseg.objects.workspace import ObjectsWorkspace

STEEPEST = 0.21
"""Rise per metre (12 degrees) from one ground return to the next one."""
JUMP = 0.3
"""Metres that the ground may rise or fall over any gap."""
MORE = (0.03, 0.08)
"""What it may rise, and fall, beyond that per metre of gap. Far behind a car that hides the road, what is seen next is
rather a roof than a hill; and what seems to lie deep below the road is a mirror image in something that shines."""
ROUGHNESS = 0.06
"""Metres that rough ground, or a sensor's noise, may add to any of that."""


def find_ground(
    image: RangeImage, workspace: ObjectsWorkspace | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Find the ground of a range image: its pixels, and its height under every pixel.

    workspace: to work in, of which the answer is then part. Default: new arrays.

    Returns:
        (H, W) bool, False where there is no return; (H, W) float32, z in metres of the last ground that its column
        saw below a pixel, -`sensor.height` where it saw none.
    """
    workspace = workspace or ObjectsWorkspace.for_images(*image.sensor.shape)
    workspace.reached.fill(0.0)
    workspace.height.fill(-image.sensor.height)
    walk(
        image.channels, STEEPEST, JUMP, *MORE, ROUGHNESS,
        workspace.reached, workspace.height, workspace.ground, workspace.level,
    )  # fmt: skip
    return workspace.ground, workspace.level


@njit(cache=True, nogil=True)
def walk(
    channels: NDArray[np.float32],
    steepest: float,
    jump: float,
    more_up: float,
    more_down: float,
    roughness: float,
    away: NDArray[np.float32],
    z_ground: NDArray[np.float32],
    ground: NDArray[np.bool_],
    level: NDArray[np.float32],
) -> None:
    """Fill `ground` and `level`, row after row from the lowest.

    away (W,): of each column's last ground, from the sensor, along the ground; z_ground (W,): its height.
    """
    steep, most, rough = np.float32(steepest), np.float32(jump), np.float32(roughness)
    up, down = np.float32(more_up), np.float32(more_down)
    for r in range(ground.shape[0] - 1, -1, -1):
        x, y, z, ranges = channels[0, r], channels[1, r], channels[2, r], channels[4, r]
        _step(x, y, z, ranges, steep, most, up, down, rough, away, z_ground, ground[r])
        for c in range(level.shape[1]):
            level[r, c] = z_ground[c]


# Without a branch, so that it becomes vector code.
@njit(cache=True, nogil=True)
def _step(x, y, z, ranges, steep, most, up, down, rough, away, z_ground, ground):  # type: ignore[no-untyped-def]
    for c in range(ground.size):
        distance = np.sqrt(x[c] * x[c] + y[c] * y[c])
        step = distance - away[c]
        ahead = max(step, np.float32(0.0))
        rise = z[c] - z_ground[c]
        limit = min(steep * ahead, most + (up if rise > 0 else down) * ahead) + rough
        # What lies behind the last ground hangs over ground that was seen already.
        flat = (ranges[c] != 0) & (step >= -rough) & (abs(rise) <= limit)
        ground[c] = flat
        away[c] = max(distance, away[c]) if flat else away[c]
        z_ground[c] = z[c] if flat else z_ground[c]
