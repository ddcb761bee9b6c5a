"""pcapng, Wireshark's captures: each interface has a link type and a clock of its own, each section its byte order.

Blocks as draft-ietf-opsawg-pcapng has them. dpkt takes the first interface's link type and clock for all packets.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

SECTION = b"\x0a\x0d\x0d\x0a"
"""The first bytes of a file."""
_SECTION, _INTERFACE, _OLD_PACKET, _SIMPLE, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_RESOLUTION, _OFFSET = 9, 14
_BYTE_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_UNKNOWN_LINK = -1


class Readable(Protocol):
    """A file that is read from its start."""

    def read(self, size: int) -> bytes:
        """The next bytes, fewer at the end."""
        ...


@dataclass(frozen=True)
class Interface:
    """What a packet was captured on. ticks: of its clock a second. offset: seconds at the clock's zero."""

    link: int
    snap_length: int
    ticks: int = 1_000_000
    offset: int = 0

    def seconds(self, high: int, low: int) -> float:
        """Seconds since the epoch of a time stamp."""
        whole, rest = divmod(high << 32 | low, self.ticks)
        return self.offset + whole + rest / self.ticks


class PcapngReader:
    """The packets of a pcapng file: (seconds since the epoch, link type, bytes), in its order.

    Raises:
        ValueError, EOFError, struct.error: the file isn't pcapng, or is damaged or cut short from there on.
    """

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._order = "<"
        self._interfaces: list[Interface] = []
        first = self._block()
        if first is None or first[0] != _SECTION:
            raise ValueError("no section header")

    def __iter__(self) -> Iterator[tuple[float, int, bytes]]:
        stamp = 0.0
        while (block := self._block()) is not None:
            kind, body = block
            if kind == _INTERFACE:
                self._interfaces.append(self._interface(body))
            elif kind == _SIMPLE and self._interfaces:  # it has no time
                size = min(self._numbers("I", body)[0], self._interfaces[0].snap_length or len(body))
                yield stamp, self._interfaces[0].link, body[4 : 4 + size]
            elif kind in (_PACKET, _OLD_PACKET):
                layout = "IIII" if kind == _PACKET else "HHIII"
                number, *_, high, low, size = self._numbers(layout, body)
                if number < len(self._interfaces):
                    stamp = self._interfaces[number].seconds(high, low)
                link = self._interfaces[number].link if number < len(self._interfaces) else _UNKNOWN_LINK
                yield stamp, link, body[20 : 20 + size]

    def _block(self) -> tuple[int, bytes] | None:
        """The next block: its type and what lies between its two lengths; None at the end."""
        head = self._file.read(8)
        if not head:
            return None
        start = b""
        if head[:4] == SECTION:
            start = self._exactly(4)
            if start not in _BYTE_ORDERS:
                raise ValueError("no byte order")
            self._order = _BYTE_ORDERS[start]
            self._interfaces = []
        kind, length = self._numbers("II", head)
        body = start + self._exactly(length - 12 - len(start))
        if self._numbers("I", self._exactly(4)) != (length,):
            raise ValueError("a block of two lengths")
        return kind, body

    def _interface(self, body: bytes) -> Interface:
        link, _, snap_length = self._numbers("HHI", body)
        ticks, offset, at = 1_000_000, 0, 8
        while at + 4 <= len(body):
            code, size = struct.unpack_from(f"{self._order}HH", body, at)
            value = body[at + 4 : at + 4 + size]
            if code == _RESOLUTION and value:
                ticks = (2 if value[0] & 0x80 else 10) ** (value[0] & 0x7F)
            elif code == _OFFSET and len(value) == 8:
                (offset,) = self._numbers("q", value)
            at += 4 + (size + 3) // 4 * 4
            if code == 0:
                break
        return Interface(link, snap_length, ticks, offset)

    def _numbers(self, layout: str, data: bytes) -> tuple[int, ...]:
        return struct.unpack_from(self._order + layout, data)

    def _exactly(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise EOFError("cut short")
        return data
