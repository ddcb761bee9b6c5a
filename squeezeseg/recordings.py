"""Recordings, opened by their path."""

from __future__ import annotations

from pathlib import Path

from data.live import open_recording
from data.sensor_file import load_sensor
from data.sources import Source
from projection import Sensor


def open_source(
    path: str | Path,
    *,
    sensor: Sensor | str | Path | None = None,
    height: float | None = None,
    topic: str | None = None,
) -> Source:
    """Open a recording, whatever its layout: a sequence of scans that are read when they are asked for.

    Args:
        path: a KITTI raw drive, a date or a root of several; KITTI object; SemanticKITTI or odometry, whole or one
            sequence; a folder of .bin, .npy, .ply, .pcd or .npz files, or one of them; a capture (.pcap, .pcapng) or a
            bag (.bag, .db3, .mcap), which is decoded first.
        sensor: that recorded it, where it is not the one that the recording implies: a `Sensor`, the name of a preset,
            or a .yaml file.
        height: of the sensor above the ground, in metres.
        topic: of a bag, where it is not the one with most scans.

    Raises:
        InputError: nothing there, or nothing that we know.

    Example:
        >>> source = open_source("2011_09_26/2011_09_26_drive_0048_sync")
        >>> len(source), source[0], source[-1], source[2:5]
    """
    if isinstance(sensor, str | Path):
        sensor = load_sensor(sensor)
    return open_recording(path, sensor=sensor, height=height, topic=topic)
