"""Network packets."""

from __future__ import annotations

from typing import NamedTuple

INSTALL = "pip install 'squeezeseg[live]'"

Address = tuple[str, int]
"""IPv4 address and port."""


class Packet(NamedTuple):
    """A UDP packet.

    stamp: seconds since the epoch when it came.
    sender: IPv4 address and port.
    payload: what the packet carried.
    """

    stamp: float
    sender: Address
    payload: bytes
