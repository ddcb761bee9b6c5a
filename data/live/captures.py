"""Captures of network packets (pcap, pcapng), read by dpkt, which velodyne-decoder brings along."""

from __future__ import annotations

import socket
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from data.live.pace import Pace
from data.live.packets import INSTALL, Address, Packet
from projection.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

_ETHERNET, _LINUX_COOKED, _LINUX_COOKED_2, _NULL = 1, 113, 276, 0
_RAW_IP = (12, 101, 228)
_UDP_HEADER = 8


def read_capture(path: Path, counters: Counter[str] | None = None) -> Iterator[Packet]:
    """Read the UDP packets of a capture, in its order.

    counters: counts frames that are 'not UDP', and those 'cut short', as a killed recorder's last one may be.

    Raises:
        InputError: the file can't be read, or is no capture.
    """
    counters = Counter() if counters is None else counters
    dpkt = _dpkt(path)
    try:
        with path.open("rb") as file:
            reader = _open(path, file, dpkt)
            for stamp, frame in _frames(reader, counters):
                udp = _udp(dpkt, reader.datalink(), frame)
                if isinstance(udp, str):
                    counters[udp] += 1
                else:
                    yield Packet(float(stamp), *udp)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None


def _dpkt(path: Path) -> ModuleType:
    try:
        import dpkt
    except ImportError:
        raise InputError(f"{path}: dpkt is needed to read captures; {INSTALL}") from None
    module: ModuleType = dpkt
    return module


def _open(path: Path, file: BinaryIO, dpkt: ModuleType) -> Any:
    """dpkt's reader: an iterator of (stamp, frame)."""
    try:
        return dpkt.pcap.UniversalReader(file)
    except (dpkt.UnpackError, ValueError, struct.error):
        raise InputError(f"{path}: no pcap or pcapng capture; give a file that tcpdump or Wireshark wrote") from None


def _frames(reader: Any, counters: Counter[str]) -> Iterator[tuple[float, bytes]]:
    import dpkt

    frames = iter(reader)
    while True:
        try:
            stamp, frame = next(frames)
        except StopIteration:
            return
        except (dpkt.UnpackError, ValueError, struct.error, KeyError, IndexError, AttributeError):
            counters["cut short"] += 1
            return
        yield stamp, frame


def _udp(dpkt: ModuleType, link: int, frame: bytes) -> tuple[Address, bytes] | str:
    """Sender and payload of a captured frame, or the counter that the frame belongs in."""
    try:
        if link == _ETHERNET:
            inner = dpkt.ethernet.Ethernet(frame).data
        elif link == _LINUX_COOKED:
            inner = dpkt.sll.SLL(frame).data
        elif link == _LINUX_COOKED_2:
            inner = dpkt.sll2.SLL2(frame).data
        elif link == _NULL:
            inner = dpkt.ip.IP(frame[4:])
        elif link in _RAW_IP:
            inner = dpkt.ip.IP(frame)
        else:
            return "not UDP"
        if not isinstance(inner, dpkt.ip.IP) or not isinstance(inner.data, dpkt.udp.UDP):
            return "not UDP"
        payload = bytes(inner.data.data)
        if len(payload) < inner.data.ulen - _UDP_HEADER:
            return "cut short"
        return (socket.inet_ntoa(inner.src), int(inner.data.sport)), payload
    except (dpkt.UnpackError, ValueError, struct.error, IndexError, TypeError, AttributeError):
        return "not UDP"


class PacedCapture:
    """A capture's packets at their own pace; the counters are those of `read_capture`."""

    def __init__(self, path: Path, pace: Pace) -> None:
        self.counters: Counter[str] = Counter()
        self._packets = read_capture(path, self.counters)
        self._pace = pace

    def __iter__(self) -> Iterator[Packet | float]:
        for packet in self._packets:
            if not self._pace.wait(packet.stamp):
                return
            yield packet

    def close(self) -> None:
        """Yield no further packet."""
        self._pace.close()
