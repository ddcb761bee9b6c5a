"""Ouster's metadata: the JSON file of a sensor that says where its beams look and how its packets are laid out.

Firmware up to 2.x writes all entries side by side, later ones in sections (Ouster's sensor documentation, 'sensor
metadata').
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.json_file import read_json
from data.live.ouster.packets import PROFILES, Profile
from projection import Sensor
from projection.errors import InputError
from projection.sensors import falling_elevations

SUFFIX = ".json"
_SECTIONS = (
    "sensor_info", "beam_intrinsics", "lidar_intrinsics", "lidar_data_format", "data_format", "config_params",
)  # fmt: skip
_MODE = re.compile(r"(512|1024|2048|4096)x\d+")
_JSON = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, eq=False)
class Metadata:
    """What a sensor says of itself.

    name: its model. elevations, azimuths: (H,) degrees that each beam looks above the horizon, and beside its column.
    columns: of a turn. packet_columns: of a packet. profile: of its packets.
    origin: (x, z) metres of a beam's origin in a column's own frame. sensor_from_lidar: (4, 4), metres.
    """

    name: str
    elevations: NDArray[np.float64]
    azimuths: NDArray[np.float64]
    columns: int
    packet_columns: int
    profile: Profile
    origin: tuple[float, float]
    sensor_from_lidar: NDArray[np.float64]

    @property
    def sensor(self) -> Sensor:
        """The sensor to project its scans with."""
        return Sensor(self.name, falling_elevations(self.elevations), self.columns)

    @property
    def rings(self) -> NDArray[np.uint8]:
        """(H,) the beam of each of a column's pixels, 0 the highest."""
        ranks = np.empty(len(self.elevations), np.uint8)
        ranks[np.argsort(-self.elevations, kind="stable")] = np.arange(len(ranks))
        return ranks

    @property
    def packet_bytes(self) -> int:
        """Bytes of a packet."""
        return self.profile.packet_bytes(self.packet_columns, len(self.elevations))


def read_metadata(path: Path) -> Metadata:
    """Read a sensor's metadata. Raises InputError if the file is none, or of packets that aren't known."""
    try:
        content = read_json(path, _JSON)
        entries = {**content}
        for section in _SECTIONS:
            if isinstance(inner := content.get(section), dict):
                entries |= inner
        return _made(path, entries)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        reason = f"no entry {error}" if isinstance(error, KeyError) else " ".join(str(error).split())[:160]
        raise InputError(f"{path}: no metadata of an Ouster sensor ({reason}); ask the sensor for it again") from None


def _made(path: Path, entries: dict[str, Any]) -> Metadata:
    elevations, azimuths = (np.array(entries[f"beam_{what}_angles"], np.float64) for what in ("altitude", "azimuth"))
    if elevations.shape != azimuths.shape or elevations.ndim != 1 or not 1 <= len(elevations) <= 255:
        raise ValueError("as many beam_azimuth_angles as beam_altitude_angles are needed, 1 to 255")
    if not np.isfinite(azimuths).all() or not np.isfinite(elevations).all() or np.abs(elevations).max() > 90:
        raise ValueError("beams that look nowhere")
    mode = _MODE.fullmatch(str(entries.get("lidar_mode")))
    columns = int(entries.get("columns_per_frame") or (mode[1] if mode else 0))
    if columns not in (512, 1024, 2048, 4096):
        raise ValueError(f"{columns} columns a turn")
    packet_columns = int(entries.get("columns_per_packet", 16))
    if not 1 <= packet_columns <= columns:
        raise ValueError(f"{packet_columns} columns a packet")
    name = str(entries.get("udp_profile_lidar") or "LEGACY")
    if (profile := PROFILES.get(name)) is None:
        raise InputError(f"{path}: packets of the profile {name} can't be decoded, but {', '.join(PROFILES)}")
    beam = _motion(entries.get("beam_to_lidar_transform"))
    if beam is None:
        beam = np.eye(4)
        beam[0, 3] = float(entries["lidar_origin_to_beam_origin_mm"]) / 1000
    turned = _motion(entries.get("lidar_to_sensor_transform"))
    model = "".join(letter if letter.isalnum() else "_" for letter in str(entries.get("prod_line", "ouster")).lower())
    return Metadata(
        model,
        elevations,
        azimuths,
        columns,
        packet_columns,
        profile,
        (float(beam[0, 3]), float(beam[2, 3])),
        np.diag([-1.0, -1.0, 1.0, 1.0]) if turned is None else turned,
    )


def _motion(values: Any) -> NDArray[np.float64] | None:
    """A (4, 4) that is given row after row, its lengths in millimetres; None where there is none."""
    if values is None:
        return None
    motion = np.array(values, np.float64).reshape(4, 4)
    if not np.isfinite(motion).all():
        raise ValueError("a transform of no numbers")
    motion[:3, 3] /= 1000
    return motion


def metadata_beside(capture: Path) -> Path | None:
    """The metadata that lies beside a capture: a .json whose name, whole, is the capture's or how that begins."""
    stem = capture.name.removesuffix(".gz")
    try:
        files = [
            file for file in capture.parent.iterdir() if file.suffix.lower() == SUFFIX and stem.startswith(file.stem)
        ]
    except OSError:
        return None
    for file in sorted(files, key=lambda file: -len(file.stem)):
        try:
            text = file.read_text(encoding="utf-8", errors="replace") if file.stat().st_size < 1 << 20 else ""
        except OSError:
            continue
        if "beam_altitude_angles" in text:
            return file
    return None
