"""Ouster's packets, from a sensor or a capture, as a live source of scans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from data.live.capture_writer import CaptureWriter
from data.live.captures import PacedCapture
from data.live.mounting import mounted
from data.live.ouster.metadata import Metadata
from data.live.ouster.packets import Columns, parse_packet
from data.live.packets import Packet
from data.live.udp import UdpReceiver
from data.scan import Scan
from projection import Sensor
from projection.errors import InputError

_FEWEST = 0.5
"""Of a turn's columns, that make a scan."""


class OusterSource:
    """Scans of an Ouster sensor: x ahead, away from its connector, y left, z up; ring 0 is the highest beam.

    packets: where they come from; closed with the source. metadata: the sensor's. sensor: to project the scans with,
    where it is not the metadata's. sensor_ip: whom alone to listen to. record: keeps every packet as it came.
    counters: packets that are 'accepted', or of 'another size'; turns of which too little came, as 'turns cut short'.
    """

    def __init__(
        self,
        name: str,
        packets: UdpReceiver | PacedCapture,
        metadata: Metadata,
        *,
        sensor: Sensor | None = None,
        height: float | None = None,
        sensor_ip: str | None = None,
        record: CaptureWriter | None = None,
    ) -> None:
        self.name = name
        self.waits = isinstance(packets, PacedCapture)
        self.pauses = 0
        if sensor is not None and sensor.beams != len(metadata.elevations):
            raise InputError(
                f"{name}: sensor {sensor.name} has {sensor.beams} beams, but the metadata {len(metadata.elevations)}; "
                "leave --sensor out"
            )
        self.sensor: Sensor | None = sensor or metadata.sensor
        self._given = sensor
        self._height = height
        self._packets = packets
        self._metadata = metadata
        self._sensor_ip = sensor_ip
        self._record = record
        self._directions = Directions(metadata)
        self._counters: Counter[str] = Counter()
        self._reading = self._ended = False

    @property
    def status(self) -> str:
        """The state, for people."""
        if self._ended:
            return "ended"
        return "running" if self._counters["accepted"] else "waiting for packets"

    @property
    def counters(self) -> Mapping[str, int]:
        """Counts of packets by their fate, and of turns that didn't become scans."""
        return {**self._packets.counters, **self._counters}

    def close(self) -> None:
        """Stop receiving, and close the recording."""
        self._packets.close()
        if self._record is not None and not self._reading:  # a reader closes it, after its last packet
            self._record.close()

    def scans(self) -> Iterator[Scan]:
        """Each turn as it is complete."""
        self._reading = True
        try:
            for number, scan in enumerate(self._turns()):
                if number == 0 and self.sensor is not None:
                    self.sensor = mounted(self.name, self.sensor, self._given, self._height, scan)
                yield replace(scan, frame=number, name=f"{number:010d}")
        finally:
            if self._record is not None:
                self._record.close()
        self._ended = True

    def sectors(self, count: int) -> NoReturn:
        """Raises InputError: turns are whole."""
        raise InputError(f"{self.name}: an Ouster's scans come whole, not in {count} sectors; leave out --sectors")

    def _turns(self) -> Iterator[Scan]:
        turn: _Turn | None = None
        for packet in self._packets:
            if not isinstance(packet, Packet):
                continue
            if self._record is not None:
                self._record.write(packet)
            if (columns := self._columns(packet)) is None:
                continue
            if turn is not None and turn.number != columns.turn:
                yield from self._finished(turn)
                turn = None
            if turn is None:
                turn = _Turn(columns.turn, packet.stamp, self._metadata)
            turn.add(columns)
        if turn is not None:
            yield from self._finished(turn)

    def _columns(self, packet: Packet) -> Columns | None:
        about = self._metadata
        if self._sensor_ip not in (None, packet.sender[0]):
            self._counters["another sender"] += 1
            return None
        if len(packet.payload) != about.packet_bytes:
            self._counters["another size"] += 1
            return None
        self._counters["accepted"] += 1
        return parse_packet(packet.payload, about.profile, about.packet_columns, len(about.elevations))

    def _finished(self, turn: _Turn) -> Iterator[Scan]:
        if turn.seen.mean() < _FEWEST or not turn.ranges.any():
            self._counters["turns cut short"] += 1
            return
        yield self._directions.scan(turn.ranges, turn.reflectivity, turn.stamp)


class _Turn:
    """The columns of a turn as they come. stamp: of its first packet."""

    def __init__(self, number: int, stamp: float, about: Metadata) -> None:
        shape = (about.columns, len(about.elevations))
        self.number = number
        self.stamp = stamp
        self.seen = np.zeros(about.columns, bool)
        self.ranges = np.zeros(shape, np.float32)
        self.reflectivity = np.zeros(shape, np.uint8)

    def add(self, columns: Columns) -> None:
        """Take the columns of a packet."""
        inside = columns.numbers < len(self.seen)
        numbers = columns.numbers[inside]
        self.seen[numbers] = True
        self.ranges[numbers] = columns.ranges[inside]
        self.reflectivity[numbers] = columns.reflectivity[inside]


class Directions:
    """Where each pixel of a turn looks from and to (Ouster's documentation, 'LiDAR range to XYZ')."""

    def __init__(self, about: Metadata) -> None:
        encoder = 2 * np.pi * (1 - np.arange(about.columns) / about.columns)[:, None]
        azimuth = encoder - np.radians(about.azimuths)
        elevation = np.broadcast_to(np.radians(about.elevations), azimuth.shape)
        along = np.stack(
            [np.cos(azimuth) * np.cos(elevation), np.sin(azimuth) * np.cos(elevation), np.sin(elevation)], -1
        )
        ahead, up = about.origin
        start = np.stack(np.broadcast_arrays(ahead * np.cos(encoder), ahead * np.sin(encoder), up + 0 * azimuth), -1)
        motion = about.sensor_from_lidar
        self._along: NDArray[np.float32] = (along @ motion[:3, :3].T).astype(np.float32)
        self._start = (start @ motion[:3, :3].T + motion[:3, 3]).astype(np.float32)
        self._offset = np.float32(np.hypot(ahead, up))
        self._rings = np.broadcast_to(about.rings, azimuth.shape)

    def scan(self, ranges: NDArray[np.float32], reflectivity: NDArray[np.uint8], stamp: float) -> Scan:
        """A scan of a turn's ranges (W, H) and reflectivities; pixels without a return are left out."""
        hit = ranges > 0
        points = np.empty((int(hit.sum()), 4), np.float32)
        points[:, :3] = self._start[hit] + self._along[hit] * (ranges[hit] - self._offset)[:, None]
        points[:, 3] = reflectivity[hit] / np.float32(255)
        return Scan(points, stamp=stamp, ring=self._rings[hit])
