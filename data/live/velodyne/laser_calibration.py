"""Laser calibrations of Velodyne's sensors: from a file, or from an HDL-64E's status bytes.

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
from data.yaml_file import read_yaml
from projection import Sensor, preset
from projection.errors import InputError
from projection.sensors import falling_elevations

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATUS_BYTES = 1820  # that one calibration has, in velodyne-decoder as in the HDL-64E's manual
_CURRENT = b"HMSDNYGTV"  # kinds of status that change; all others are the calibration's
_MOST_PACKETS = 1 << 14  # for one calibration: four times what it takes, and what comes in between
_CYCLES = 64  # packets in which each kind of status comes at least once
_COLUMNS = 2048


@dataclass(frozen=True)
class DecoderSetup:
    """The decoder's model and calibration, and the sensor that they make.

    model: velodyne-decoder's name of the sensor's model.
    calibration: as velodyne-decoder reads it, None for the model's own.
    sensor: with the beams of that calibration.
    """

    model: str
    calibration: Any
    sensor: Sensor


class CalibrationCollector:
    """Collects an HDL-64E's calibration from its packets, none of which may be missing meanwhile."""

    def __init__(self) -> None:
        self._tails: list[bytes] = []
        self._collected = 0

    @property
    def progress(self) -> float:
        """The share of the calibration that was received, 0 to 1."""
        return self._collected / _STATUS_BYTES

    @property
    def series(self) -> str | None:
        """velodyne-decoder's name of the model: only an S3 sends a warning byte. None for a while."""
        if len(self._tails) < _CYCLES:
            return None
        return "HDL64E_S3" if any(tail[4] == ord("W") for tail in self._tails) else "HDL64E_S2"

    def restart(self) -> None:
        """Begin anew, after a packet was lost."""
        self._tails.clear()
        self._collected = 0

    def add(self, payload: bytes) -> Mapping[str, Any] | None:
        """Take the next packet; return the calibration once it is whole, as velodyne-decoder's YAML has it."""
        import velodyne_decoder as vd

        if len(self._tails) == _MOST_PACKETS:  # a sensor that never sends a whole calibration would fill the memory
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


def decoder_setup(
    device: Device, calibration: Path | Mapping[str, Any] | None, series: str | None = None
) -> DecoderSetup:
    """The setup of the decoder for a device's packets.

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
        return DecoderSetup(model, None, preset(device.sensor))
    if isinstance(calibration, Path):
        where, content = str(calibration), read_yaml(calibration)  # within bounds that the decoder's own parser lacks
    else:
        where, content = f"the {device.name}'s own calibration", dict(calibration)
    try:
        read = vd.Calibration.from_string(yaml.safe_dump(content))
        lasers = yaml.safe_load(read.to_string())["lasers"]
        elevations = np.degrees([float(laser["vert_correction"]) for laser in lasers])
    except (RuntimeError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{where}: no calibration of a Velodyne sensor ({reason}); give another file") from None
    beams = len(preset(device.sensor).elevations) if device.sensor else 64
    if len(elevations) != beams or not np.isfinite(elevations).all():
        raise InputError(f"{where}: calibrates {len(elevations)} lasers, but a {device.name} has {beams}")
    height = preset(device.sensor or "hdl64").height
    return DecoderSetup(model, read, Sensor(device.name, falling_elevations(elevations), _COLUMNS, height=height))
