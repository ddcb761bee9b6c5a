"""KITTI's OXTS packets: where the car was, by its GPS and inertial unit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.text_file import read_text
from projection.errors import InputError

FIELDS = 30
"""Numbers in a packet: latitude, longitude (degrees), altitude (m), roll, pitch, yaw (radians), speeds and so on."""

EARTH = 6378137.0
"""Radius of the Earth, metres."""


def read_poses(files: Sequence[Path]) -> list[NDArray[np.float64]]:
    """The poses of packets, one in each file, as KITTI's development kit makes them (Mercator's projection).

    Returns:
        (4, 4) float64 each: east, north, up in metres, counted from the first packet's place <- the car's (IMU's)
        frame.

    Raises:
        InputError: a file cannot be read, or is no packet.

    Example:
        >>> first, second = read_poses(sorted((drive / "oxts" / "data").glob("*.txt"))[:2])
    """
    packets = [_read_packet(file) for file in files]
    if not packets:
        return []
    scale = np.cos(packets[0][0] * np.pi / 180.0)
    places = [_place(packet, scale) for packet in packets]
    poses = []
    for packet, place in zip(packets, places, strict=True):
        pose = np.eye(4)
        pose[:3, :3] = _rotation(*packet[3:6])
        pose[:3, 3] = place - places[0]
        poses.append(pose)
    return poses


def _read_packet(file: Path) -> NDArray[np.float64]:
    try:
        words = read_text(file).split()
        packet = np.array([float(word) for word in words])
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: broken OXTS packet ({error}); copy the folder again") from None
    if len(packet) != FIELDS or not np.isfinite(packet[:6]).all():
        raise InputError(
            f"{file}: an OXTS packet is a line of {FIELDS} numbers, got {len(packet)}; copy the folder again"
        )
    return packet


def _place(packet: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """(3,) east, north, up of latitude, longitude and altitude, metres; `scale` is the cosine of the first latitude."""
    latitude, longitude, altitude = packet[:3]
    east = scale * longitude * np.pi * EARTH / 180.0
    north = scale * EARTH * np.log(np.tan((90.0 + latitude) * np.pi / 360.0))
    return np.array([east, north, altitude])


def _rotation(roll: float, pitch: float, yaw: float) -> NDArray[np.float64]:
    """(3, 3): turned about x, then y, then z."""
    cos, sin = np.cos([roll, pitch, yaw]), np.sin([roll, pitch, yaw])
    about_x = np.array([[1, 0, 0], [0, cos[0], -sin[0]], [0, sin[0], cos[0]]])
    about_y = np.array([[cos[1], 0, sin[1]], [0, 1, 0], [-sin[1], 0, cos[1]]])
    about_z = np.array([[cos[2], -sin[2], 0], [sin[2], cos[2], 0], [0, 0, 1]])
    return np.asarray(about_z @ (about_y @ about_x))
