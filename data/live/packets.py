"""Network packets, and captures of them (pcap, pcapng).

dpkt reads captures: velodyne-decoder brings it along.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Self

from projection.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

INSTALL = "pip install 'squeezeseg[live]'"

Address = tuple[str, int]

_ETHERNET, _LINUX_COOKED, _LINUX_COOKED_2, _NULL = 1, 113, 276, 0
_RAW_IP = (12, 101, 228)
_UDP_HEADER = 8
_FILE_HEADER = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _ETHERNET)


class Packet(NamedTuple):
    """A UDP packet.

    stamp: seconds since the epoch when it came.
    sender: IPv4 address and port.
    payload: what the packet carried.
    """

    stamp: float
    sender: Address
    payload: bytes


def read_capture(path: Path, counters: Counter[str] | None = None) -> Iterator[Packet]:
    """The UDP packets of a capture, in its order.

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
    """Sender and payload of a captured frame, or what is the matter with it."""
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


class CaptureWriter:
    """Writes packets to a new pcap file, each in one piece: a killed process leaves a file that can be read.

    Not written under another name first, as other files are: what came until the power went is worth having.

    Raises:
        InputError: the file exists already, or can't be written.
    """

    def __init__(self, path: Path, port: int = 2368) -> None:
        self.path = path
        self._port = port
        self._numbers = itertools.count()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb", buffering=0)
        except FileExistsError:
            raise InputError(f"{path}: exists already; choose another name for the recording") from None
        except OSError as error:
            raise self._unwritable(error) from None
        self._write(_FILE_HEADER)

    def write(self, packet: Packet) -> None:
        """Append a packet. Raises InputError when the disk is full."""
        ip_length, udp_length = len(packet.payload) + 28, len(packet.payload) + 8
        number = next(self._numbers) & 0xFFFF
        source = socket.inet_aton(packet.sender[0])
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, ip_length, number, 0, 64, 17, 0, source, b"\xff" * 4)
        total = sum(struct.unpack(">10H", ip))
        checksum = 0xFFFF - (total % 0xFFFF or 0xFFFF)
        # To and from any Ethernet address; a UDP checksum of 0 says that there is none.
        frame = b"\xff" * 6 + bytes(6) + b"\x08\x00" + ip[:10] + checksum.to_bytes(2, "big") + ip[12:]
        frame += struct.pack(">HHHH", packet.sender[1], self._port, udp_length, 0) + packet.payload
        seconds, micros = divmod(round(packet.stamp * 1e6), 1_000_000)
        self._write(struct.pack("<IIII", seconds & 0xFFFFFFFF, micros, len(frame), len(frame)) + frame)

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        try:
            if self._file.write(data) != len(data):  # the disk is full: what follows a torn packet can't be read
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(f"{self.path}: cannot be written ({error.strerror or error}); choose another folder")
