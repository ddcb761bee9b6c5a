"""Sightings of objects of a usual size, and poses of a sensor."""

from __future__ import annotations

import math

import numpy as np

from data.boxes import Box
from data.labels import CAR, CLASS_TABLE
from squeezeseg.tracking import Sighting
from squeezeseg.tracking.kinds import KINDS


def sighting(x, y, class_id=CAR, score=0.9, instance=1, yaw=0.0):
    """An object with a box, its middle at this place in the sensor's frame."""
    box = Box(CLASS_TABLE[class_id].kitti, (x, y, 0.0), KINDS[class_id].size, yaw)
    return Sighting(instance, class_id, score, 100, box.centre, box)


def pose(x=0.0, y=0.0, yaw=0.0):
    """(4, 4): world <- sensor."""
    cos, sin = math.cos(yaw), math.sin(yaw)
    return np.array([[cos, -sin, 0, x], [sin, cos, 0, y], [0, 0, 1, 0], [0, 0, 0, 1.0]])
