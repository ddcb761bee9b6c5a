"""Makers of sensors whose packets we can't decode, recognised by what their packets look like.

Sizes, ports and first bytes are those of the makers' manuals: Ouster's sensor documentation ('lidar data packet
format'), Hesai's Pandar and QT, Robosense's MSOP and DIFOP, Livox' SDK and SDK2.
"""

from __future__ import annotations

from collections import Counter

_OUSTER_SIZES = frozenset(
    [
        16 * (20 + 12 * beams) for beams in (16, 32, 64, 128)
    ]  # legacy: a column has a header of 16 bytes and a word of status
    + [64 + 16 * (12 + size * beams) for size in (4, 8, 12, 16) for beams in (16, 32, 64, 128)]
)
_OUSTER_PORTS = (7502, 7503)
_HESAI = b"\xee\xff"
_HESAI_HEADERLESS = (1262, 1266)  # Pandar40 and 40P: blocks with Velodyne's flag, but another size
_ROBOSENSE = (b"\x55\xaa\x05\x0a", b"\x55\xaa\x05\x5a", b"\x55\xaa\x5a\xa5", b"\xa5\xff\x00\x5a")
_ROBOSENSE_PORTS = (6699, 7788)
_LIVOX_PORTS = (*range(56000, 56501, 100), *range(56001, 56502, 100), 57000, 58000, 60001, 65000)
_LIVOX_SIZES = (1318, 1362, 1380)

MAX_TALLIED = 2000
"""Packets that are looked at: by then the sender is known."""


def maker_of(payload: bytes, size: int, port: int | None = None) -> str | None:
    """The maker of the sensor that sent a packet, None where it is none of these.

    size: of the whole payload, of which a capture may have the beginning only. port: it was sent to.
    """
    if payload.startswith(_HESAI) or (size in _HESAI_HEADERLESS and payload.startswith(_HESAI[::-1])):
        return "Hesai"
    if payload.startswith(_ROBOSENSE) or port in _ROBOSENSE_PORTS:
        return "Robosense"
    if size in _OUSTER_SIZES or (port in _OUSTER_PORTS and size == 48):
        return "Ouster"
    if size in _LIVOX_SIZES and (port in _LIVOX_PORTS or payload[:1] in (b"\x00", b"\x05")):
        return "Livox"
    return None


class MakerTally:
    """Counts packets by the maker whose they look like, and by size and port."""

    def __init__(self) -> None:
        self._seen = 0
        self._makers: Counter[str | None] = Counter()
        self._shapes: Counter[tuple[str | None, int, int | None]] = Counter()

    def add(self, payload: bytes, size: int, port: int | None = None) -> None:
        """Look at a packet, see `maker_of`."""
        if self._seen < MAX_TALLIED:
            self._seen += 1
            maker = maker_of(payload, size, port)
            self._makers[maker] += 1
            self._shapes[maker, size, port] += 1

    @property
    def maker(self) -> str | None:
        """Who made the sensor that sent most of the packets, where they are recognised."""
        return self._makers.most_common(1)[0][0] if self._makers else None

    @property
    def advice(self) -> str:
        """What these packets are and what to do about it; '' where they aren't recognised."""
        maker = self.maker
        if maker is None:
            return ""
        (_, size, port), _ = max(
            (item for item in self._shapes.items() if item[0][0] == maker), key=lambda item: item[1]
        )
        where = f" to port {port}" if port is not None else ""
        what = f"packets of {size:,} bytes{where}, which look like {maker}'s"
        if maker == "Ouster":
            return (
                f"{what}; they are decoded with the sensor's metadata: give that file (.json) as --calibration, or put "
                "it beside the capture under the same name"
            )
        return (
            f"{what}; only Velodyne's and Ouster's can be decoded. Record the point clouds of {maker}'s ROS driver, "
            "and give that bag"
        )
