"""A small Ouster: its metadata, and the packets of turns in which it sees a cylinder around it."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

BEAMS, COLUMNS, PACKET_COLUMNS = 16, 512, 16
ELEVATIONS = np.linspace(20, -20, BEAMS)
AZIMUTHS = np.tile([3.0, 1.0, -1.0, -3.0], BEAMS // 4)
ORIGIN = 0.0158
HEIGHT = 0.03618
LAYOUTS = {"LEGACY": 12, "RNG19_RFL8_SIG16_NIR16": 12, "RNG19_RFL8_SIG16_NIR16_DUAL": 16, "RNG15_RFL8_NIR8": 4}
"""Bytes of a pixel."""


def metadata(profile: str = "RNG15_RFL8_NIR8", *, sections: bool = False, **changes: Any) -> dict[str, Any]:
    """A sensor's metadata; in sections as firmware 3 has it."""
    beams = {
        "beam_altitude_angles": ELEVATIONS.tolist(),
        "beam_azimuth_angles": AZIMUTHS.tolist(),
        "lidar_origin_to_beam_origin_mm": 1000 * ORIGIN,
    }
    turned = {"lidar_to_sensor_transform": [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 1000 * HEIGHT, 0, 0, 0, 1]}
    layout = {
        "columns_per_frame": COLUMNS,
        "columns_per_packet": PACKET_COLUMNS,
        "pixels_per_column": BEAMS,
        "udp_profile_lidar": profile,
    }
    about = {"prod_line": "OS-1-16", "lidar_mode": f"{COLUMNS}x10"}
    if sections:
        return {
            "sensor_info": about,
            "beam_intrinsics": beams,
            "lidar_intrinsics": turned,
            "lidar_data_format": layout,
            **changes,
        }
    if profile == "LEGACY":  # as of firmware 1, which says nothing of packets
        return {**about, **beams, **turned, **changes}
    return {**about, **beams, **turned, "data_format": layout, **changes}


def write_metadata(path: Path, **changes: Any) -> Path:
    """A metadata file."""
    path.write_text(json.dumps(metadata(**changes)))
    return path


def packets(profile: str, turn: int, ranges: np.ndarray, *, reflectivity: int = 51) -> list[bytes]:
    """The packets of a turn: ranges (COLUMNS, BEAMS) in millimetres, 0 without a return; column 7 is not valid."""
    made = []
    for first in range(0, COLUMNS, PACKET_COLUMNS):
        legacy = profile == "LEGACY"
        parts = [] if legacy else [struct.pack("<HH28x", 1, turn)]
        for column in range(first, first + PACKET_COLUMNS):
            valid = column != 7
            if legacy:
                parts.append(struct.pack("<QHHI", 0, column, turn, 0))
            else:
                parts.append(struct.pack("<QHH", 0, column, int(valid)))
            parts += [_pixel(profile, int(one), reflectivity) for one in ranges[column]]
            if legacy:
                parts.append(b"\xff" * 4 if valid else bytes(4))
        made.append(b"".join([*parts, b"" if legacy else bytes(32)]))
    return made


def _pixel(profile: str, millimetres: int, reflectivity: int) -> bytes:
    match profile:
        case "LEGACY" | "RNG19_RFL8_SIG16_NIR16":
            return struct.pack("<IBBHHH", millimetres | 0xF00000, reflectivity, 9, 9, 9, 0)
        case "RNG19_RFL8_SIG16_NIR16_DUAL":
            return struct.pack("<IIHHHH", millimetres | reflectivity << 24, 77, 9, 9, 9, 0)
    return struct.pack("<HBB", millimetres // 8 | 0x8000, reflectivity, 9)
