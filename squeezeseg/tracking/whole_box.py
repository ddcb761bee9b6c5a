"""The whole box of a car of which a part is seen."""

from __future__ import annotations

import math

from data.boxes import Box

ONE_END = 0.4
"""Metres over a car's width up to which the longer side that is seen may be its width."""


def whole_box(box: Box, size: tuple[float, float, float]) -> Box:
    """The box with sides of at least `size`, grown away from the sensor: the faces that were seen stay.

    A box around the points alone grows while a car is passed, and its middle would seem to drive.

    box: in the sensor's frame. size: length, width, height in metres.
    """
    length, width, height = box.size
    yaw = box.yaw
    if length < width:
        length, width, yaw = width, length, yaw + math.pi / 2
    x, y, _ = box.centre
    if length <= size[1] + ONE_END and abs(math.cos(yaw - math.atan2(y, x))) < math.sqrt(0.5):
        # One end is seen, which lies across the line of sight: the car stretches along it.
        length, width, yaw = width, length, yaw + math.pi / 2
    cos, sin = math.cos(yaw), math.sin(yaw)
    # The sensor in the frame of the box.
    ahead, left = -x * cos - y * sin, x * sin - y * cos
    dx, dy = _away(ahead, length, size[0]), _away(left, width, size[1])
    centre = x + dx * cos - dy * sin, y + dx * sin + dy * cos
    grown = max(length, size[0]), max(width, size[1]), max(height, size[2])
    return Box.standing(box.kind, (*centre, box.bottom[2]), grown, math.remainder(yaw, 2 * math.pi))


def _away(sensor: float, seen: float, whole: float) -> float:
    """How far a middle goes along an axis as a side grows. sensor: where the sensor is, from the middle, metres."""
    more = max(whole - seen, 0.0) / 2
    if sensor > seen / 2:
        return -more
    return more if sensor < -seen / 2 else 0.0
