"""Decoding of Velodyne's packets to turns, by velodyne-decoder."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.live.velodyne.devices import FULL_TURN, DataPacket
from data.live.velodyne.laser_calibration import DecoderSetup
from data.scan import Scan
from data.turn_sector import CUT


class TurnDecoder:
    """Decodes packets in order to turns; a new stream begins after `finish`."""

    def __init__(self, counters: Counter[str]) -> None:
        self._counters = counters
        self._decoder: Any = None
        self._beams = 0
        self._joined_late = False
        self._travel = 0  # since the turn's first packet, in hundredths of a degree
        self._last: DataPacket | None = None

    def add(self, data_packet: DataPacket, setup: DecoderSetup) -> Iterator[Scan]:
        """Decode a packet; yield the turn that it ends, if it ends one."""
        if self._decoder is None:
            self._begin(data_packet, setup)
        if self._last is not None:
            self._travel += (data_packet.azimuth - self._last.azimuth) % FULL_TURN
        self._last = data_packet
        decoded = self._call("decode", data_packet.stamp, data_packet.payload)
        if decoded is not None:
            self._travel = (data_packet.end - CUT * 100) % FULL_TURN
            if self._joined_late:
                self._counters["turns cut short"] += 1
            else:
                yield scan_of(*decoded, self._beams)
            self._joined_late = False

    def finish(self) -> Iterator[Scan]:
        """End the stream; yield the turn that was broken off, if it was in its second half."""
        if self._decoder is None:
            return
        decoded = self._call("finish")
        if decoded is not None and self._travel >= FULL_TURN // 2 and not self._joined_late:
            yield scan_of(*decoded, self._beams)
        elif decoded is not None:
            self._counters["turns cut short"] += 1
        self._decoder = self._last = None

    def _begin(self, data_packet: DataPacket, setup: DecoderSetup) -> None:
        import velodyne_decoder as vd

        self._decoder = vd.StreamDecoder(decoder_settings(setup))
        self._beams = setup.sensor.beams
        self._joined_late = (data_packet.azimuth - CUT * 100) % FULL_TURN > FULL_TURN // 2
        self._travel = 0

    def _call(self, method: str, *arguments: Any) -> tuple[Any, NDArray[np.float32]] | None:
        try:
            decoded: tuple[Any, NDArray[np.float32]] | None = getattr(self._decoder, method)(*arguments)
        except (RuntimeError, ValueError):
            self._counters["undecodable"] += 1
            return None
        return decoded if decoded is not None and len(decoded[1]) else None


def decoder_settings(setup: DecoderSetup) -> Any:
    """A `velodyne_decoder.Config`."""
    import velodyne_decoder as vd

    return vd.Config(
        model=getattr(vd.Model, setup.model), calibration=setup.calibration, cut_angle=float(CUT), max_range=300
    )


def scan_of(times: Any, decoded: NDArray[np.float32], beams: int) -> Scan:
    """velodyne-decoder's points (N, 8): x, y, z, intensity 0..255, time, column, ring from below, kind."""
    points = np.ascontiguousarray(decoded[:, :4])
    points[:, 3] *= 1 / 255
    ring = (beams - 1 - decoded[:, 6]).astype(np.uint8)
    stamp = float(times.host)
    return Scan(points, stamp=stamp if math.isfinite(stamp) else None, ring=ring)
