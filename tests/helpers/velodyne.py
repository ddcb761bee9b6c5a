"""A Velodyne sensor made of formulas: the packets that it would send."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from velodyne_decoder.hdl64e import crc16

from data.live.packets import Packet

SENSOR = ("192.168.1.201", 2368)
MICROSECONDS_PER_HOUR = 3_600_000_000
BLOCK = np.dtype([("flag", "<u2"), ("azimuth", "<u2"), ("returns", [("distance", "<u2"), ("intensity", "u1")], 32)])


@dataclass(frozen=True)
class Model:
    """Microseconds between packets, blocks of one azimuth, metres of a unit of distance, product byte."""

    interval: float
    together: int
    unit: float
    product: int


MODELS = {
    "vlp16": Model(1327.104, 1, 0.002, 0x22),
    "hdl32e": Model(552.96, 1, 0.002, 0x21),
    "hdl64e": Model(288.0, 2, 0.002, 0),
}
STATUS = b"HMSDNYGTVW1234567"  # kinds of an HDL-64E S3's status, as they take turns


def payload(
    device: str,
    time: int,
    azimuth: float,
    turns_per_second: float = 10.0,
    distance: Callable[[float], float] = lambda azimuth: 10.0,
    intensity: int = 100,
    tail: bytes | None = None,
) -> bytes:
    """A data packet. azimuth: of its first block, degrees, clockwise; distance: metres, by azimuth."""
    model = MODELS[device]
    blocks = np.zeros(12, BLOCK)
    step = 360 * turns_per_second * model.interval * 1e-6 / (12 // model.together)
    blocks["flag"] = 0xEEFF
    if device == "hdl64e":
        blocks["flag"][1::2] = 0xDDFF
    for k, block in enumerate(blocks):
        looks = (azimuth + k // model.together * step) % 360
        block["azimuth"] = int(looks * 100) % 36000
        block["returns"]["distance"] = round(distance(looks) / model.unit)
        block["returns"]["intensity"] = intensity
    return blocks.tobytes() + struct.pack("<I", time % MICROSECONDS_PER_HOUR) + (tail or bytes([0x37, model.product]))


def packets(
    device: str = "vlp16",
    turns: float = 2.0,
    *,
    begin: int = 1_000_000,
    azimuth: float = 180.0,
    turns_per_second: float = 10.0,
    sender: tuple[str, int] = SENSOR,
    status: bytes = b"",
    **settings: object,
) -> list[Packet]:
    """The packets of so many turns, from an azimuth on; an HDL-64E sends one byte of `status` with each.

    begin: its clock's time, in microseconds past the hour. Stamps are the same time in seconds.
    """
    model = MODELS[device]
    sent = []
    for k in range(round(turns / turns_per_second / model.interval * 1e6)):
        elapsed = round(k * model.interval)
        tail = None
        if device == "hdl64e":
            tail = status_tail(k, status)
        looks = azimuth + 360 * turns_per_second * k * model.interval * 1e-6
        data = payload(device, begin + elapsed, looks % 360, turns_per_second, tail=tail, **settings)  # type: ignore[arg-type]
        sent.append(Packet((begin + elapsed) * 1e-6, sender, data))
    return sent


def status_tail(k: int, status: bytes) -> bytes:
    """The last two bytes of an HDL-64E's packet number k: a kind of status and its value."""
    kind = STATUS[k % len(STATUS)]
    current = {"M": 30, "D": 1, "N": 1, "Y": 20}
    if chr(kind) in "HMSDNYGTV" or not status:
        return bytes([kind, current.get(chr(kind), 0)])
    before = (k // len(STATUS)) * 8 + (k % len(STATUS) - 9)
    return bytes([kind, status[before % len(status)]])


def calibration_bytes(elevations: np.ndarray) -> bytes:
    """The 1820 bytes of status in which an HDL-64E S3 sends its calibration; elevations (64,) degrees."""
    lasers = [
        struct.pack("<BhhhhhhhhhBB", k, round(angle * 100), *[0] * 8, 0, 255) for k, angle in enumerate(elevations)
    ]
    checked = b"".join(laser[1:21] for laser in (laser.ljust(21, b"\0") for laser in lasers))
    made = bytes([16, 11, 15, 12, 47, 47, 25])  # in the place of the last laser's padding
    end = struct.pack("<hHHH", 600, 0, 36000, 1).ljust(19, b"\0") + struct.pack("<H", crc16(checked))
    padded = b"".join(laser.ljust(28, b"\0") for laser in lasers)
    return b"UNIT#" + bytes([20, 20]) + padded[:-7] + made + end
