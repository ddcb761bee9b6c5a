"""The camera's view of a street: plain shading, shadows, haze and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.kitti.camera import Camera
from data.simulator.mesh import GLASS, Floats
from data.simulator.sensor.caster import Caster, Hits
from data.simulator.sensor.daylight import Daylight
from data.simulator.sensor.mount import HEIGHT
from data.simulator.street.scene import Pose

NOISE = 1.5
"""Standard deviation, of 255."""
_SMALL = 0.02
"""Metres that a ray starts off a surface."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A camera's image.

    pixels: (H, W, 3) uint8, red, green, blue. owner: (H, W) int32, index of the actor in each pixel, -1 for none.
    """

    pixels: NDArray[np.uint8]
    owner: NDArray[np.int32]


def take_picture(caster: Caster, pose: Pose, camera: Camera, daylight: Daylight, rng: np.random.Generator) -> Picture:
    """The view of a camera whose matrix counts from the LiDAR that stands at `pose`."""
    width, height = camera.size
    row, column = np.divmod(np.arange(width * height), width)
    rays = pixel_rays(camera, pose, np.stack([column, row], axis=1))
    hits = caster.cast(rays)
    colour = _light(caster, rays, hits, daylight) * daylight.exposure
    bright = np.clip(colour, 0, 1) ** (1 / 2.2) * 255 + rng.normal(0, NOISE, colour.shape)
    pixels = np.clip(np.round(bright), 0, 255).astype(np.uint8)
    return Picture(pixels.reshape(height, width, 3), hits.owner.reshape(height, width))


def pixel_rays(camera: Camera, pose: Pose, pixels: NDArray[np.integer]) -> Floats:
    """(N, 6) rays in the street's frame, origin and unit direction, through the middles of pixels (N, 2)."""
    inverse = np.linalg.inv(camera.matrix[:, :3])
    origin = -inverse @ camera.matrix[:, 3]
    ahead = np.column_stack([pixels, np.ones(len(pixels))]) @ inverse.T
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    rays = np.empty((len(pixels), 6), np.float32)
    rays[:, :3] = pose.rotation @ origin + (pose.x, pose.y, pose.z + HEIGHT)
    rays[:, 3:] = ahead @ pose.rotation.T
    return rays


def _light(caster: Caster, rays: Floats, hits: Hits, daylight: Daylight) -> NDArray[np.float64]:
    """(N, 3) light that comes back along each ray."""
    direction = rays[:, 3:]
    met = np.isfinite(hits.distance)
    result = daylight.sky(direction[:, 2])
    if not met.any():
        return result
    ahead, distance = direction[met], hits.distance[met]
    normal = hits.normal[met]
    normal = np.where((normal * ahead).sum(axis=1, keepdims=True) > 0, -normal, normal)  # the side that is seen
    surface, owner = hits.surface[met], hits.owner[met]
    colour = daylight.colours(hits.albedo[met], surface, owner)
    facing = np.maximum(normal @ daylight.sun, 0)
    lit = facing > 0
    shadow = np.empty((int(lit.sum()), 6), np.float32)
    shadow[:, :3] = (rays[met, :3] + ahead * distance[:, None] + normal * _SMALL)[lit]
    shadow[:, 3:] = daylight.sun
    facing[lit] *= np.isinf(caster.cast(shadow).distance)
    ambient = (1 - daylight.strength) * (0.65 + 0.35 * normal[:, 2])  # the sky is above
    light = colour * (0.35 * ambient + 0.9 * daylight.strength * facing + 0.25 * ambient)[:, None] * 1.6
    glass = surface == GLASS
    mirrored = ahead[glass] - 2 * (ahead[glass] * normal[glass]).sum(axis=1, keepdims=True) * normal[glass]
    slant = (1 - hits.cosine[met][glass]) ** 5
    share = (0.06 + 0.94 * slant)[:, None]
    light[glass] = (1 - share) * light[glass] + share * 0.8 * daylight.sky(mirrored[:, 2])
    through = np.exp(-daylight.haze * distance)[:, None]
    result[met] = through * light + (1 - through) * (0.8, 0.83, 0.87)
    return result
