"""Calibrations of Velodyne's sensors: from a file, or from what an HDL-64E says of itself.

An HDL-64E sends one byte of status with each packet; its whole calibration takes it about a second.
"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from data.live.velodyne.devices import Device
from projection import Sensor, preset
from projection.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATUS_BYTES = 1820  # that one calibration has, in velodyne-decoder as in the HDL-64E's manual
_CURRENT = b"HMSDNYGTV"  # of the moment; all others are the calibration's
_MOST_PACKETS = 1 << 14  # for one calibration: four times what it takes, and what comes in between
_CYCLES = 64  # packets in which each kind of status comes at least once
_COLUMNS = 2048
MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class Setup:
    """What a decoder needs.

    model: velodyne-decoder's name of the sensor's model.
    calibration: as velodyne-decoder reads it, None for the model's own.
    sensor: with the beams of that calibration.
    """

    model: str
    calibration: Any
    sensor: Sensor


class StatusBytes:
    """Collects an HDL-64E's calibration from its packets, none of which may be missing meanwhile."""

    def __init__(self) -> None:
        self._tails: list[bytes] = []
        self._collected = 0

    @property
    def progress(self) -> float:
        """The share that is there, 0 to 1."""
        return self._collected / _STATUS_BYTES

    @property
    def series(self) -> str | None:
        """velodyne-decoder's name of the model: only an S3 sends a warning byte. None for a while."""
        if len(self._tails) < _CYCLES:
            return None
        return "HDL64E_S3" if any(tail[4] == ord("W") for tail in self._tails) else "HDL64E_S2"

    def restart(self) -> None:
        """Forget all: a packet is missing."""
        self._tails.clear()
        self._collected = 0

    def add(self, payload: bytes) -> Mapping[str, Any] | None:
        """The next packet's status; the calibration once it is whole, as velodyne-decoder's YAML says it."""
        import velodyne_decoder as vd

        if len(self._tails) == _MOST_PACKETS:  # a sensor that only ever tells of the moment would fill the memory
            self.restart()
        self._tails.append(payload[-6:])
        self._collected += payload[-2] not in _CURRENT
        if self._collected < _STATUS_BYTES:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                status = vd.hdl64e.read_status_info(iter(self._tails))
            found: Mapping[str, Any] = vd.hdl64e.status_info_to_calib_dict(status)
            lasers = found["lasers"]  # an S2 sends no checksum
            plausible = all(abs(laser["vert_correction"]) < 1 for laser in lasers)
            if plausible and [laser["laser_id"] for laser in lasers] == list(range(64)):
                return found
        except (ValueError, KeyError, struct.error, OverflowError):
            pass
        # A bit was wrong, or the mark of its beginning was torn in two: begin a little later.
        self._collected -= sum(tail[4] not in _CURRENT for tail in self._tails[:_CYCLES])
        del self._tails[:_CYCLES]
        return None


def setup_for(device: Device, calibration: Path | Mapping[str, Any] | None, series: str | None = None) -> Setup:
    """How to decode a device's packets.

    calibration: a file in velodyne-decoder's YAML, or its content; None for that of the device's model.
    series: the model of an HDL-64E.

    Raises:
        InputError: the calibration can't be read, or isn't the device's.
    """
    import velodyne_decoder as vd

    model = device.model or series
    assert model is not None
    if calibration is None:
        assert device.sensor is not None
        return Setup(model, None, preset(device.sensor))
    if isinstance(calibration, Path):
        where, text = str(calibration), _read(calibration)
    else:
        where, text = f"the {device.name}'s own calibration", yaml.safe_dump(dict(calibration))
    try:
        read = vd.Calibration.from_string(text)
        lasers = yaml.safe_load(read.to_string())["lasers"]
        elevations = np.degrees([float(laser["vert_correction"]) for laser in lasers])
    except (RuntimeError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{where}: no calibration of a Velodyne sensor ({reason}); give another file") from None
    beams = len(preset(device.sensor).elevations) if device.sensor else 64
    if len(elevations) != beams or not np.isfinite(elevations).all():
        raise InputError(f"{where}: calibrates {len(elevations)} lasers, but a {device.name} has {beams}")
    height = preset(device.sensor or "hdl64").height
    return Setup(model, read, Sensor(device.name, falling(elevations), _COLUMNS, height=height))


def falling(elevations: Any) -> tuple[float, ...]:
    """Elevations in degrees, highest first, equal ones a thousandth apart."""
    beams = np.sort(np.asarray(elevations, np.float64))[::-1]
    for k in range(1, len(beams)):
        beams[k] = min(beams[k], beams[k - 1] - 1e-3)
    return tuple(float(beam) for beam in beams)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: over {MAX_BYTES >> 20} MiB, no calibration; give another file")
        return path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except ValueError:
        raise InputError(f"{path}: no text; give velodyne-decoder's YAML") from None
