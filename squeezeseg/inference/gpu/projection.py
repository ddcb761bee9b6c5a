"""`projection.project` for a batch of scans on a device, in torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from projection import Sensor

_NOBODY = torch.iinfo(torch.int64).max
"""The key of a pixel without a return: further than any point."""


@dataclass(frozen=True, eq=False)
class DeviceImages:
    """`RangeImage`s of B scans that have room for N points each.

    channels: (B, 5, H, W) float32. index: (B, H, W) int32. pixel: (B, N) int32. distance: (B, N) float32.
    """

    channels: Tensor
    index: Tensor
    pixel: Tensor
    distance: Tensor


def project(points: Tensor, rows: Tensor, sensor: Sensor) -> DeviceImages:
    """Scans as the sensor's range images: bit for bit those of `projection.project`, where the arctangent is the same.

    It is correct to a bit or two everywhere, so a point within 1e-15 radians of a border between two columns may
    fall to its other side.

    Args:
        points: (B, N, 4) float32, x forward, y left, z up in metres, intensity 0..1.
        rows: (B, N) uint8, the row of each point; H or more for what is no point.
        sensor: whose images they are.
    """
    count, capacity = rows.shape
    height, width = sensor.shape
    left, right = float(np.deg2rad(sensor.azimuth_left)), float(np.deg2rad(sensor.azimuth_right))
    x, y, z = points[..., :3].double().unbind(-1)
    distance = torch.sqrt(x * x + y * y + z * z).float()
    column = torch.floor((left - torch.atan2(y, x)) / (left - right) * width)
    if sensor.full_turn:
        column = torch.where(column == width, 0.0, column)  # azimuth -180 is 180
    seen = (rows < height) & (distance > 0) & (distance < torch.inf) & (column >= 0) & (column < width)
    pixel = rows.long() * width + torch.where(seen, column, 0.0).long()

    # The bits of positive floats grow as they do: the least key is the nearest point, the first of equally near ones.
    number = torch.arange(capacity, device=points.device)
    key = torch.where(seen, distance.view(torch.int32).long() * 2**32 + number, _NOBODY)
    # What is not seen wins no pixel, so any will do; many threads that write to one would wait for each other.
    target = torch.where(seen, pixel, number % (height * width))
    nearest = torch.full((count, height * width), _NOBODY, device=points.device)
    nearest.scatter_reduce_(1, target, key, "amin")

    held = nearest != _NOBODY
    winner = torch.where(held, nearest % 2**32, 0)
    away = (nearest // 2**32).int().view(torch.float32)
    values = points.gather(1, winner.unsqueeze(-1).expand(-1, -1, 4))
    values[..., 3].nan_to_num_(0.0, 0.0, 0.0)
    channels = torch.where(held.unsqueeze(-1), torch.cat([values, away.unsqueeze(-1)], dim=-1), 0.0)
    return DeviceImages(
        channels.transpose(1, 2).contiguous().view(count, 5, height, width),
        torch.where(held, winner, -1).int().view(count, height, width),
        torch.where(seen, pixel, -1).int(),
        torch.where(seen, distance, 0.0),
    )
