"""Fragments of IP packets, put together: packets of over 1,500 bytes, such as an Ouster's, are sent in several."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_MOST = 64
"""Packets that are incomplete at once; older ones are given up."""
_LARGEST = 65535


@dataclass
class _Parts:
    """The parts of a packet by their place in it; its size, once the last one is there."""

    parts: dict[int, bytes] = field(default_factory=dict)
    size: int | None = None


class Fragments:
    """Fragments as they come, in any order. lost: packets that were given up."""

    def __init__(self) -> None:
        self.lost = 0
        self._packets: dict[tuple[bytes, bytes, int], _Parts] = {}

    @property
    def incomplete(self) -> int:
        """Packets of which parts are missing."""
        return len(self._packets)

    def add(self, ip: Any) -> bytes | None:
        """Take a fragment (dpkt.ip.IP); the packet's content if that was the last one missing."""
        key = (bytes(ip.src), bytes(ip.dst), int(ip.id))
        place, data = 8 * int(ip.offset), bytes(ip.data)
        packet = self._packets.setdefault(key, _Parts())
        if place + len(data) <= _LARGEST:
            packet.parts[place] = data
            if not ip.mf:
                packet.size = place + len(data)
        if packet.size is not None and sum(map(len, packet.parts.values())) >= packet.size:
            del self._packets[key]
            whole = b"".join(data for _, data in sorted(packet.parts.items()))
            return whole if len(whole) == packet.size else None
        if len(self._packets) > _MOST:
            del self._packets[next(iter(self._packets))]
            self.lost += 1
        return None
