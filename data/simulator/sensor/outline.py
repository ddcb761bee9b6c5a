"""Labels of what a camera sees: rectangles of whole objects, and how much of them is hidden."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.kitti.camera import Camera
from data.kitti.object_labels import ObjectLabel, flat_label
from data.simulator.drive import Moment
from data.simulator.sensor.mount import HEIGHT
from data.simulator.sensor.picture import pixel_rays
from data.simulator.sensor.ray_scene import RayScene

PARTLY, LARGELY, UNSEEN = 0.8, 0.4, 0.05
"""Share of an object's pixels below which it is partly, largely, entirely occluded."""
FEWEST = 12
"""Pixels that must be seen of an object for it to be labelled."""
LOWEST = 15
"""Pixels of height; what is lower is DontCare."""
_NEAR = 0.5
_RAYS = 1500


def labels(
    moment: Moment, owner: NDArray[np.int32], camera: Camera, rectified_from_lidar: NDArray[np.float64]
) -> list[ObjectLabel]:
    """The lines of label_2 of a picture: all that it shows some of, by their index.

    A rectangle goes around the whole object as far as it lies within the image, as KITTI's do. Occlusion is told from
    the share of its pixels that other things hide, truncation from its rectangle's area.

    owner: (H, W) of the picture. rectified_from_lidar: (4, 4).
    """
    found = []
    for index in np.unique(owner[owner >= 0]).tolist():
        label = _label(moment, owner, camera, rectified_from_lidar, index)
        if label is not None:
            found.append(label)
    return found


def _label(
    moment: Moment, owner: NDArray[np.int32], camera: Camera, rectified_from_lidar: NDArray[np.float64], index: int
) -> ObjectLabel | None:
    actor, pose, ground = moment.street.actors[index], moment.pose, moment.street.ground
    mesh = actor.mesh(moment.time, ground)
    local = (mesh.vertices - np.array((pose.x, pose.y, pose.z + HEIGHT))) @ pose.rotation
    local = local[local @ camera.matrix[2, :3] + camera.matrix[2, 3] > _NEAR]
    if not len(local):
        return None
    pixels = camera.pixels(local.astype(np.float32))
    width, height = camera.size
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    start, end = np.clip(low, 0, (width - 1, height - 1)), np.clip(high, 0, (width - 1, height - 1))
    inside = np.prod(end - start) / max(np.prod(high - low), 1e-9)
    rectangle = (float(start[0]), float(start[1]), float(end[0]), float(end[1]))
    kind = actor.template.kind.replace("Person (sitting)", "Person_sitting")
    seen = int((owner == index).sum())
    if seen < FEWEST or rectangle[3] - rectangle[1] < LOWEST:
        return flat_label("DontCare", rectangle)
    share = _visible(moment, owner, camera, RayScene(mesh.vertices, mesh.triangles, 1), rectangle, index)
    if share < UNSEEN:
        return flat_label("DontCare", rectangle)
    box = actor.box(moment.time, ground, pose, HEIGHT, index)
    x, y, z, _ = (rectified_from_lidar @ (*box.bottom, 1.0)).tolist()
    ahead = rectified_from_lidar[:3, :3] @ (np.cos(box.yaw), np.sin(box.yaw), 0.0)
    rotation_y = float(np.arctan2(-ahead[2], ahead[0]))
    length, box_width, box_height = box.size
    return ObjectLabel(
        kind,
        rectangle,
        (box_height, box_width, length),
        (x, y, z),
        rotation_y,
        truncation=float(np.clip(1 - inside, 0, 1)),
        occlusion=0 if share >= PARTLY else 1 if share >= LARGELY else 2,
        alpha=float((rotation_y - np.arctan2(x, z) + np.pi) % (2 * np.pi) - np.pi),
    )


def _visible(
    moment: Moment,
    owner: NDArray[np.int32],
    camera: Camera,
    alone: RayScene,
    rectangle: tuple[float, float, float, float],
    index: int,
) -> float:
    """Share of the pixels that an object would have by itself that are its own; some of them are tried."""
    left, top, right, bottom = rectangle
    step = max(1, int(np.sqrt((right - left) * (bottom - top) / _RAYS)))
    columns, rows = np.arange(int(left), int(right) + 1, step), np.arange(int(top), int(bottom) + 1, step)
    pixels = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    _, _, triangle = alone.cast(pixel_rays(camera, moment.pose, pixels))
    pixels = pixels[triangle >= 0]
    return float((owner[pixels[:, 1], pixels[:, 0]] == index).mean()) if len(pixels) else 0.0
