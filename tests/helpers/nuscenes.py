"""A small nuScenes: one scene of two samples and a sweep between them, seen from a car that drives north."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

NORTH = [math.cos(math.pi / 4), 0.0, 0.0, math.sin(math.pi / 4)]
"""The car looks along the world's y."""
MOUNT = [math.cos(math.pi / 4), 0.0, 0.0, -math.sin(math.pi / 4)]
"""The LiDAR's x points to the car's right, as nuScenes mounts it."""
HEIGHT = 1.8
AHEAD = [[0.0, 10.0, -1.0], [0.5, 10.0, -1.0], [0.0, 20.0, -1.0], [5.0, 0.0, -1.5]]
"""Points in the file's frame: two in a car 10 m ahead, one on a cyclist 20 m ahead, one 5 m to the right."""


def write_nuscenes(root: Path, *, lidarseg: bool = False, boxes: bool = True) -> Path:
    """The data set's root. The car moves by 1 m a scan; each sample has a car, a cyclist and a parked bicycle."""
    stamps = (1_000_000, 1_050_000, 1_500_000)
    parts = ("samples", "sweeps", "samples")
    files = [f"{part}/LIDAR_TOP/n1__LIDAR_TOP__{stamp}.pcd.bin" for part, stamp in zip(parts, stamps, strict=True)]
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        rows = np.concatenate([np.array(AHEAD), np.full((4, 1), 80.0), np.arange(4)[:, None]], axis=1)
        rows.astype("<f4").tofile(root / file)
    tables: dict[str, list[dict[str, Any]]] = {
        "sensor": [{"token": "lidar", "channel": "LIDAR_TOP"}, {"token": "camera", "channel": "CAM_FRONT"}],
        "calibrated_sensor": [
            {"token": "mount", "sensor_token": "lidar", "rotation": MOUNT, "translation": [0, 0, HEIGHT]},
            {"token": "eye", "sensor_token": "camera", "rotation": [1, 0, 0, 0], "translation": [0, 0, 0]},
        ],
        "scene": [{"token": "s", "name": "scene-0001", "description": "a \"street\" of }braces{"}],
        "sample": [{"token": f"sample{k}", "scene_token": "s"} for k in (0, 2)],
        "sample_data": [
            {
                "token": f"data{k}", "sample_token": f"sample{k // 2 * 2}", "ego_pose_token": f"ego{k}",
                "calibrated_sensor_token": "mount", "filename": file, "timestamp": stamp,
                "is_key_frame": part == "samples",
            }
            for k, (file, stamp, part) in enumerate(zip(files, stamps, parts, strict=True))
        ]
        + [
            {
                "token": "picture", "sample_token": "sample0", "ego_pose_token": "ego9",
                "calibrated_sensor_token": "eye", "filename": "x.jpg", "timestamp": 1, "is_key_frame": True,
            }
        ],
        "ego_pose": [{"token": f"ego{k}", "rotation": NORTH, "translation": [100.0, 200.0 + k, 0]} for k in range(3)],
        "category": [
            {"token": name, "name": name}
            for name in ("vehicle.car", "vehicle.bicycle", "movable_object.barrier", "vehicle.hovercraft")
        ],
        "attribute": [{"token": "ridden", "name": "cycle.with_rider"}, {"token": "moving", "name": "vehicle.moving"}],
        "instance": [
            {"token": "car", "category_token": "vehicle.car"},
            {"token": "rider", "category_token": "vehicle.bicycle"},
            {"token": "parked", "category_token": "vehicle.bicycle"},
            {"token": "barrier", "category_token": "movable_object.barrier"},
        ],
        "sample_annotation": [],
    }  # fmt: skip
    for k in (0, 2) if boxes else ():
        # In the world: 10 m ahead of the car is 10 m north of it; boxes look north, as it does.
        for token, place, size, attributes in (
            ("car", [100.0, 210.0 + k, HEIGHT - 1], [2.0, 4.0, 1.5], ["moving"]),
            ("rider", [100.0, 220.0 + k, HEIGHT - 1], [0.6, 1.8, 1.8], ["ridden"]),
            ("parked", [105.0, 200.0 + k, HEIGHT - 1.5], [0.6, 1.8, 1.2], []),
            ("barrier", [90.0, 200.0 + k, 0.5], [1.0, 1.0, 1.0], []),
        ):
            tables["sample_annotation"].append(
                {
                    "token": f"{token}{k}", "sample_token": f"sample{k}", "instance_token": token,
                    "attribute_tokens": attributes, "translation": place, "size": size, "rotation": NORTH,
                }
            )  # fmt: skip
    if lidarseg:
        tables["lidarseg"] = [
            {"token": f"data{k}", "sample_data_token": f"data{k}", "filename": f"lidarseg/v1.0-mini/data{k}.bin"}
            for k in (0, 2)
        ]
        (root / "lidarseg" / "v1.0-mini").mkdir(parents=True)
        for k in (0, 2):
            np.array([17, 24, 14, 14], np.uint8).tofile(root / "lidarseg" / "v1.0-mini" / f"data{k}.bin")
    (root / "v1.0-mini").mkdir()
    for name, records in tables.items():
        (root / "v1.0-mini" / f"{name}.json").write_text(json.dumps(records, indent=0))
    return root
