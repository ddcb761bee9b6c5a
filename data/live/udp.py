"""The UDP receiver: packets from the network."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from data.live.makers import MakerTally
from data.live.packets import Address, Packet
from projection.errors import InputError

PORT = 2368
"""The port that Velodyne's sensors send their data to."""

TICK = 0.2
"""Seconds after which silence is reported."""

_BUFFER = 1 << 22
"""Bytes that the kernel is asked to keep for us, for moments in which Python does nothing else than import or compile:
up to a second of an HDL-64E, which is made up for at once, as decoding takes a tenth of the time. What comes on
top is lost and counted."""

_MAX_PACKET = 65535
_SO_RXQ_OVFL = 40  # Linux: how many packets the socket has lost comes with each packet
_SO_RCVBUFFORCE = 33


def parse_address(url: str) -> Address:
    """Parse an address: 'udp://0.0.0.0:2368' -> ('0.0.0.0', 2368); host or port may be left out. Raises InputError."""
    found = re.fullmatch(r"udp://([^:/\s\[\]]*)(?::(\d{1,5}))?/?", url)
    port = int(found[2] or PORT) if found else 0
    if found is None or port > 65535:
        raise InputError(f"{url}: no address; it must read udp://HOST:PORT, such as udp://0.0.0.0:{PORT}")
    return found[1] or "0.0.0.0", port  # noqa: S104 - any interface may have the sensor


class UdpReceiver:
    """Packets that come to a port. The queue is the kernel's, which is bounded.

    counters: 'overflow' packets that came faster than they were taken.

    Raises:
        InputError: the port is taken, or the address is none of this machine.
    """

    def __init__(self, host: str, port: int) -> None:
        self.counters: Counter[str] = Counter()
        self.makers = MakerTally()
        self._closed = self._reading = False
        self._overflow = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            for option, value in ((socket.SO_RCVBUF, _BUFFER), (_SO_RCVBUFFORCE, _BUFFER), (_SO_RXQ_OVFL, 1)):
                with suppress(OSError):  # an ordinary user may have less, and a system that is no Linux has none
                    self._socket.setsockopt(socket.SOL_SOCKET, option, value)
            self._socket.settimeout(TICK)
            self._socket.bind((host, port))
        except (OSError, UnicodeError) as error:
            self._socket.close()
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(
                f"udp://{host}:{port}: cannot listen there ({reason}); choose another port, or stop who has it"
            ) from None
        self.address: Address = self._socket.getsockname()

    def __iter__(self) -> Iterator[Packet | float]:
        """Packets as they come, and the time, in seconds since the epoch, when none came for a while."""
        self._reading = True
        ancillary = socket.CMSG_SPACE(4)
        try:
            while not self._closed:
                try:
                    payload, extras, _, sender = self._socket.recvmsg(_MAX_PACKET, ancillary)
                except TimeoutError:
                    yield time.time()
                    continue
                for level, kind, data in extras:
                    if level == socket.SOL_SOCKET and kind == _SO_RXQ_OVFL and len(data) == 4:
                        self._count(struct.unpack("=I", data)[0])
                self.makers.add(payload, len(payload))
                yield Packet(time.time(), (sender[0], sender[1]), payload)
        finally:
            self._socket.close()

    def close(self) -> None:
        """Stop listening; whoever waits for a packet stops within `TICK`. May be called twice."""
        self._closed = True
        if not self._reading:  # a reader closes the socket itself, lest its number be another file's by then
            self._socket.close()

    def _count(self, total: int) -> None:
        """Count what the kernel's counter, of 32 bits, has grown by."""
        self.counters["overflow"] += (total - self._overflow) & 0xFFFFFFFF
        self._overflow = total
