"""Captures of network packets: pcap and what is in the packets read by dpkt, which velodyne-decoder brings along."""

from __future__ import annotations

import gzip
import socket
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from data.live.fragments import Fragments
from data.live.makers import MakerTally
from data.live.pace import Pace
from data.live.packets import INSTALL, Address, Packet
from data.live.pcapng import SECTION, PcapngReader
from data.stream_file import GZIP
from projection.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

_ETHERNET, _LINUX_COOKED, _LINUX_COOKED_2, _NULL = 1, 113, 276, 0
_RAW_IP = (12, 101, 228)
_UDP_HEADER = 8
_MAX_FRAME = 1 << 20  # bytes: what tcpdump and Wireshark write at most are 256 KiB
_SUSPICIOUS = 1 << 30  # bytes unpacked, from which on a gzipped file is looked at
_MAX_RATIO = 500  # that packets may shrink by; what is made to fill a memory shrinks by a thousand
_DAMAGE = (
    ValueError, struct.error, KeyError, IndexError, AttributeError, OverflowError, EOFError, zlib.error,
    gzip.BadGzipFile,
)  # fmt: skip
"""What dpkt and gzip stumble over in a damaged file, besides dpkt's own error."""


def read_capture(
    path: Path, counters: Counter[str] | None = None, makers: MakerTally | None = None
) -> Iterator[Packet]:
    """Read the UDP packets of a capture, in its order; a gzipped one is unpacked as it is read.

    counters: counts frames that are 'not UDP', and those 'cut short', as a killed recorder's last one may be.
    makers: gets to see each packet, the beginning of those that are cut short as well.

    Raises:
        InputError: the file can't be read, or is no capture.
    """
    counters = Counter() if counters is None else counters
    makers = MakerTally() if makers is None else makers
    dpkt = _dpkt(path)
    fragments = Fragments()
    try:
        with _unpacked(path) as file:
            reader = _open(path, file, dpkt)
            for stamp, link, frame in _frames(reader, counters):
                udp = _udp(dpkt, link, frame, makers, fragments)
                if isinstance(udp, str):
                    counters[udp] += 1
                elif udp is not None:
                    yield Packet(stamp, *udp)
        if unfinished := fragments.incomplete + fragments.lost:
            counters["cut short"] += unfinished
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None


class _Unpacked:
    """A capture's bytes, unpacked where they are gzip's; no reading takes more than a frame may have."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._packed = path.open("rb")
        head = self._packed.read(len(GZIP))
        self._packed.seek(0)
        self._file: Any = gzip.GzipFile(fileobj=self._packed) if head == GZIP else self._packed

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MAX_FRAME:
            raise ValueError(f"a frame of {size:,} bytes")
        data: bytes = self._file.read(size)
        if self._file is not self._packed and self._file.tell() > max(_SUSPICIOUS, _MAX_RATIO * self._packed.tell()):
            raise InputError(f"{self.name}: unpacks to over {_MAX_RATIO} times its size; no sensor's packets do")
        return data

    def seek(self, position: int) -> None:
        self._file.seek(position)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._packed.close()


def _unpacked(path: Path) -> _Unpacked:
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    return _Unpacked(path)


def _dpkt(path: Path) -> ModuleType:
    try:
        import dpkt
    except ImportError:
        raise InputError(f"{path}: dpkt is needed to read captures; {INSTALL}") from None
    module: ModuleType = dpkt
    return module


def _open(path: Path, file: _Unpacked, dpkt: ModuleType) -> Iterator[tuple[float, int, bytes]]:
    """The packets: (seconds, link type, bytes)."""
    try:
        first = file.read(len(SECTION))
        file.seek(0)
        if first == SECTION:
            return iter(PcapngReader(file))
        reader = dpkt.pcap.Reader(file)
        return ((float(stamp), reader.datalink(), frame) for stamp, frame in reader)
    except (dpkt.UnpackError, ValueError, struct.error, EOFError, zlib.error):
        raise InputError(f"{path}: no pcap or pcapng capture; give a file that tcpdump or Wireshark wrote") from None


def _frames(frames: Iterator[tuple[float, int, bytes]], counters: Counter[str]) -> Iterator[tuple[float, int, bytes]]:
    """Up to where the file is damaged."""
    import dpkt

    while True:
        try:
            one = next(frames)
        except StopIteration:
            return
        except InputError:
            raise
        except (dpkt.UnpackError, *_DAMAGE):
            counters["cut short"] += 1
            return
        yield one


def _udp(
    dpkt: ModuleType, link: int, frame: bytes, makers: MakerTally, fragments: Fragments
) -> tuple[Address, bytes] | str | None:
    """Sender and payload of a captured frame, or the counter that it belongs in; None where a packet isn't whole."""
    try:
        inner = _inner(dpkt, link, frame)
        if not isinstance(inner, dpkt.ip.IP) or inner.p != dpkt.ip.IP_PROTO_UDP:
            return "not UDP"
        udp = inner.data
        if isinstance(udp, dpkt.udp.UDP):  # whole, or the first fragment
            makers.add(bytes(udp.data), udp.ulen - _UDP_HEADER, udp.dport)
        if inner.mf or inner.offset:
            if (whole := fragments.add(inner)) is None:
                return None
            udp = dpkt.udp.UDP(whole)
        if not isinstance(udp, dpkt.udp.UDP):
            return "not UDP"
        payload = bytes(udp.data)
        if len(payload) < udp.ulen - _UDP_HEADER:
            return "cut short"
        return (socket.inet_ntoa(inner.src), int(udp.sport)), payload
    except (dpkt.UnpackError, ValueError, struct.error, IndexError, TypeError, AttributeError):
        return "not UDP"


def _inner(dpkt: ModuleType, link: int, frame: bytes) -> Any:
    """What a frame of a link carries, None where that kind of link is not known."""
    if link == _ETHERNET:
        return dpkt.ethernet.Ethernet(frame).data
    if link == _LINUX_COOKED:
        return dpkt.sll.SLL(frame).data
    if link == _LINUX_COOKED_2:
        return dpkt.sll2.SLL2(frame).data
    if link == _NULL:
        return dpkt.ip.IP(frame[4:])
    return dpkt.ip.IP(frame) if link in _RAW_IP else None


class PacedCapture:
    """A capture's packets at their own pace; the counters are those of `read_capture`."""

    def __init__(self, path: Path, pace: Pace) -> None:
        self.counters: Counter[str] = Counter()
        self.makers = MakerTally()
        self._packets = read_capture(path, self.counters, self.makers)
        self._pace = pace

    def __iter__(self) -> Iterator[Packet | float]:
        for packet in self._packets:
            if not self._pace.wait(packet.stamp):
                return
            yield packet

    def close(self) -> None:
        """Yield no further packet."""
        self._pace.close()
