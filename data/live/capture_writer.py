"""Writer of captures: network packets to a pcap file."""

from __future__ import annotations

import errno
import itertools
import os
import socket
import struct
from pathlib import Path
from typing import Self

from data.live.packets import Packet
from projection.errors import InputError

_ETHERNET = 1
_FILE_HEADER = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, _ETHERNET)


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
