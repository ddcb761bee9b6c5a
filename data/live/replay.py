"""Replay: a capture's packets sent over the network at the pace of the sensor."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

from data.live.captures import read_capture
from data.live.pace import Pace
from data.live.packets import Address
from projection.errors import InputError


def replay(path: Path, target: Address, rate: float | None = 1.0, *, loop: bool = False) -> Iterator[int]:
    """Send a capture's packets at their pace; yield the number sent after each.

    rate: times the speed at which they came; None for as fast as can be.
    loop: begin again at the end, for ever.

    Raises:
        InputError: the capture can't be read, has no packets, or they can't be sent there.
    """
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        while loop or not sent:
            before = sent
            pace = Pace(rate)
            for packet in read_capture(path):
                pace.wait(packet.stamp)
                try:
                    sender.sendto(packet.payload, target)
                except (OSError, UnicodeError) as error:
                    reason = getattr(error, "strerror", None) or str(error)
                    raise InputError(
                        f"udp://{target[0]}:{target[1]}: cannot send there ({reason}); check the address"
                    ) from None
                sent += 1
                yield sent
            if sent == before:
                raise InputError(f"{path}: holds no UDP packets; record the sensor's port")
