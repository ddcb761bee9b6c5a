"""Velodyne's sensors and their data packets (Velodyne's user manuals, 'data packet format').

A data packet is 12 blocks of 100 bytes (flag, azimuth in hundredths of a degree, 32 returns), the time in
microseconds past the hour, and two factory bytes: return mode and product. An HDL-64E has status there instead.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from typing import NamedTuple

from projection.errors import InputError

PACKET_BYTES = 1206
TELEMETRY_BYTES = 512
FULL_TURN = 36000
"""A full turn of azimuth, in hundredths of a degree."""

MICROSECONDS_PER_HOUR = 3_600_000_000
"""A sensor's clock counts microseconds and begins anew each hour."""

MAX_STEP = 200
"""Azimuth between two blocks, in hundredths of a degree: 80 for a VLP-16 at 20 Hz, the widest there is."""
_JITTER = 20

_HEAD = struct.Struct("<" + "HH96x" * 12 + "IBB")
_UPPER, _LOWER = 0xEEFF, 0xDDFF
_SINGLE = (_UPPER,) * 12
_PAIRED = (_UPPER, _LOWER) * 6
_BANKS = {_UPPER, _LOWER, 0xCCFF, 0xBBFF}


@dataclass(frozen=True)
class Device:
    """A model of sensor.

    model: velodyne-decoder's name of it; of an HDL-64E, it depends on the series.
    product: the factory byte; None for an HDL-64E, which sends status in its place.
    sensor: the preset that its beams are projected with; None where its calibration says where they point.
    """

    name: str
    model: str | None
    product: int | None
    sensor: str | None


DEVICES: dict[str, Device] = {
    device.name: device
    for device in (
        Device("vlp16", "VLP16", 0x22, "vlp16"),
        Device("puck-hires", "PuckHiRes", 0x24, "puck_hires"),
        Device("hdl32e", "HDL32E", 0x21, "hdl32"),
        Device("vlp32c", "VLP32C", 0x28, "vlp32c"),
        Device("vls128", "VLS128", 0xA1, "vls128"),
        Device("hdl64e", None, None, None),
    )
}
_BY_PRODUCT = {device.product: device for device in DEVICES.values() if device.product is not None}


class DataPacket(NamedTuple):
    """The header fields of a data packet.

    stamp: seconds since the epoch when it came.
    time: microseconds past the hour, by the sensor's clock.
    azimuth, end: of its first and last block, in hundredths of a degree, clockwise.
    """

    stamp: float
    payload: bytes
    device: Device
    time: int
    azimuth: int
    end: int


def device_named(name: str) -> Device:
    """The device called `name`, or whose sensor is. Raises InputError that lists the names."""
    for known, device in DEVICES.items():
        if name in (known, device.sensor) or (name == "hdl64" and known == "hdl64e"):
            return device
    raise InputError(f"unknown device {name!r}: use one of {', '.join(DEVICES)}")


def parse_data_packet(stamp: float, payload: bytes, device: Device | None = None) -> DataPacket | None:
    """Parse a data packet; None if it is malformed.

    device: the known sender, where the factory bytes name none; where they name another, the packet is malformed.
    """
    if len(payload) != PACKET_BYTES:
        return None
    *blocks, time, _, product = _HEAD.unpack(payload)
    flags, azimuths = tuple(blocks[::2]), blocks[1::2]
    sender = _device(flags, product, device)
    if sender is None or max(azimuths) >= FULL_TURN or time >= MICROSECONDS_PER_HOUR:
        return None
    steps = ((b - a) % FULL_TURN for a, b in itertools.pairwise(azimuths))
    # One step may be wide: a sensor that is told to look in one direction only says nothing of the others.
    if sum(MAX_STEP < step < FULL_TURN - _JITTER for step in steps) > 1:
        return None
    return DataPacket(stamp, payload, sender, time, azimuths[0], azimuths[-1])


def _device(flags: tuple[int, ...], product: int, given: Device | None) -> Device | None:
    """The device that sends these flags and this factory byte; None for none, or for another than `given`."""
    found: Device | None = None
    if flags == _PAIRED:
        found = DEVICES["hdl64e"]
    elif product == DEVICES["vls128"].product:
        found = DEVICES["vls128"] if set(flags) <= _BANKS else None
    elif flags == _SINGLE:
        found = _BY_PRODUCT.get(product, given)
    return found if given in (None, found) else None
