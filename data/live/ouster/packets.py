"""Ouster's LiDAR packets (its sensor documentation, 'LiDAR data packet format').

A packet has some columns; a column the pixels of all beams at one moment. Before the pixels are its time, its number in
the turn and, in the legacy profile, the number of the turn, which later profiles have once a packet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Profile:
    """The layout of packets; sizes and places in bytes, the latter counted from a packet's, column's or pixel's start.

    head, foot: of a packet. column_head, column_foot: of a column. pixel: size of one. turn: place of the turn's
    number, in a column if it has a foot, else in the packet. status: place of a column's.
    range_bytes: of the range's word. range_bits: of them that it has. millimetres: of the range's unit.
    reflectivity: place of that byte.
    """

    head: int
    foot: int
    column_head: int
    column_foot: int
    pixel: int
    turn: int
    range_bytes: int
    range_bits: int
    millimetres: int
    reflectivity: int

    def column_bytes(self, beams: int) -> int:
        """Bytes of a column."""
        return self.column_head + self.pixel * beams + self.column_foot

    def packet_bytes(self, columns: int, beams: int) -> int:
        """Bytes of a packet."""
        return self.head + columns * self.column_bytes(beams) + self.foot


PROFILES = {
    "LEGACY": Profile(0, 0, 16, 4, 12, 10, 4, 20, 1, 4),
    "RNG19_RFL8_SIG16_NIR16": Profile(32, 32, 12, 0, 12, 2, 4, 19, 1, 4),
    "RNG19_RFL8_SIG16_NIR16_DUAL": Profile(32, 32, 12, 0, 16, 2, 4, 19, 1, 3),
    "RNG15_RFL8_NIR8": Profile(32, 32, 12, 0, 4, 2, 2, 15, 8, 2),
}
"""By their name in the metadata. Of two returns the stronger one is read, which comes first."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a packet that hold a measurement.

    turn: number of the turn. numbers: (C,) of the columns in it. ranges: (C, H) metres, 0 without a return.
    reflectivity: (C, H) uint8.
    """

    turn: int
    numbers: NDArray[np.int64]
    ranges: NDArray[np.float32]
    reflectivity: NDArray[np.uint8]


def parse_packet(payload: bytes, profile: Profile, count: int, beams: int) -> Columns | None:
    """The columns of a packet of `count` columns; None if it has another size, or none of them holds a measurement."""
    if len(payload) != profile.packet_bytes(count, beams):
        return None
    data = np.frombuffer(payload, np.uint8)
    columns = data[profile.head : len(data) - profile.foot].reshape(count, profile.column_bytes(beams))
    numbers = _word(columns, 8, 2)
    if profile.column_foot:
        valid = (columns[:, -profile.column_foot :] == 0xFF).all(axis=1)
        turn = _word(columns, profile.turn, 2)
    else:
        valid = _word(columns, 10, 2) & 1 == 1
        turn = np.full(count, _word(data[None], profile.turn, 2)[0])
    if not valid.any():
        return None
    pixels = columns[:, profile.column_head : profile.column_head + profile.pixel * beams]
    pixels = pixels.reshape(count, beams, profile.pixel)[valid]
    ranges = _word(pixels, 0, profile.range_bytes) & ((1 << profile.range_bits) - 1)
    return Columns(
        int(turn[valid][0]),
        numbers[valid],
        (ranges * (profile.millimetres / 1000)).astype(np.float32),
        pixels[..., profile.reflectivity],
    )


def _word(data: NDArray[np.uint8], place: int, size: int) -> NDArray[np.int64]:
    """Little-endian words at a place of the last axis."""
    parts = [data[..., place + k].astype(np.int64) << (8 * k) for k in range(size)]
    return np.asarray(sum(parts[1:], start=parts[0]))
