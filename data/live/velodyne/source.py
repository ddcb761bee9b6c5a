"""Velodyne's packets, from a sensor or a capture, as a live source of scans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from data.live.capture_writer import CaptureWriter
from data.live.captures import PacedCapture
from data.live.packets import INSTALL, Packet
from data.live.udp import UdpReceiver
from data.live.velodyne.devices import DataPacket, Device
from data.live.velodyne.laser_calibration import CalibrationCollector, DecoderSetup, decoder_setup
from data.live.velodyne.packet_filter import PacketFilter
from data.live.velodyne.sectors import SectorDecoder
from data.live.velodyne.turns import TurnDecoder
from data.scan import Scan
from data.turn_sector import TurnSector
from projection import Sensor
from projection.errors import InputError

T_co = TypeVar("T_co", covariant=True)


class Decoder(Protocol[T_co]):
    """Makes turns, or parts of them, of packets in order."""

    def add(self, data_packet: DataPacket, setup: DecoderSetup) -> Iterator[T_co]:
        """Decode a packet; yield what it completes."""
        ...

    def finish(self) -> Iterator[T_co]:
        """End the stream; yield what was broken off, if it is enough."""
        ...


class VelodyneSource:
    """Scans of a Velodyne sensor: x forward (azimuth 0), y left, z up, cut behind; ring 0 is the highest beam.

    packets: where they come from; closed with the source.
    device: that sends them, where their factory bytes don't name it.
    calibration: a file in velodyne-decoder's YAML, where the model's own isn't meant.
    sensor: to project the scans with, where it is not the device's preset.
    sensor_ip: whom alone to listen to.
    record: keeps every packet as it came.

    A turn that was joined in its second half, or broken off in its first, is not a scan, but counted as a 'turn cut
    short'; so are turns whose decoder fails, as 'undecodable'.

    Raises:
        InputError: velodyne-decoder is missing, or the calibration can't be read.
    """

    def __init__(
        self,
        name: str,
        packets: UdpReceiver | PacedCapture,
        *,
        device: Device | None = None,
        calibration: Path | None = None,
        sensor: Sensor | None = None,
        height: float | None = None,
        sensor_ip: str | None = None,
        record: CaptureWriter | None = None,
    ) -> None:
        try:
            import velodyne_decoder  # noqa: F401
        except ImportError:
            raise InputError(f"{name}: velodyne-decoder is needed for Velodyne's packets; {INSTALL}") from None
        self.name = name
        self.waits = isinstance(packets, PacedCapture)
        self.pauses = 0
        self.sensor: Sensor | None = None
        self._given = sensor
        self._height = height
        self._packets = packets
        self._record = record
        self._filter = PacketFilter(sensor_ip, device)
        self._calibration = calibration
        self._collector = CalibrationCollector()
        self._setup: DecoderSetup | None = None
        self._counters: Counter[str] = Counter()
        self._silence: float | None = None
        self._reading = self._ended = False
        if device is not None and calibration is not None and device.model is not None:
            self._use(decoder_setup(device, calibration))

    @property
    def status(self) -> str:
        """The state, for people."""
        if self._ended:
            return "ended"
        if self._silence is not None:
            return f"silent for {self._silence:.0f} s"
        if self._filter.device is None or self._filter.heard is None:
            return self._packets.makers.advice or "waiting for packets"
        if self._setup is None:
            return f"waiting for calibration {100 * self._collector.progress:.0f} %"
        return "running"

    @property
    def counters(self) -> Mapping[str, int]:
        """Counts of packets by their fate, see `PacketFilter`, and of turns that didn't become scans."""
        return {**self._filter.counters, **self._packets.counters, **self._counters}

    def close(self) -> None:
        """Stop receiving, and close the recording."""
        self._packets.close()
        if self._record is not None and not self._reading:  # a reader closes it, after its last packet
            self._record.close()

    def scans(self) -> Iterator[Scan]:
        """Each turn as it is complete. Raises InputError at the end where another maker's sensor sent it all."""
        for number, turn in enumerate(self._parts(TurnDecoder(self._counters))):
            yield replace(turn, frame=number, name=f"{number:010d}")

    def sectors(self, count: int) -> Iterator[TurnSector]:
        """Each of `count` sectors of a turn as it is complete. Raises InputError as `scans` does."""
        yield from self._parts(SectorDecoder(self._counters, count))

    def _parts(self, decoder: Decoder[T_co]) -> Iterator[T_co]:
        self._reading = True
        try:
            yield from self._decoded(decoder)
        finally:
            if self._record is not None:
                self._record.close()

    def _decoded(self, decoder: Decoder[T_co]) -> Iterator[T_co]:
        for packet in self._packets:
            now = packet.stamp if isinstance(packet, Packet) else packet
            if isinstance(packet, Packet):
                if self._record is not None:
                    self._record.write(packet)
                lost = self._filter.counters["lost"]
                data_packets, restarts = self._filter(packet)
                if restarts:
                    yield from decoder.finish()
                if restarts or lost != self._filter.counters["lost"]:
                    self._collector.restart()
                yield from self._decode(decoder, data_packets)
            if self._falls_silent(now):
                yield from self._decode(decoder, self._filter.flush())
                yield from decoder.finish()
        yield from self._decode(decoder, self._filter.flush())
        yield from decoder.finish()
        self._ended = True
        if self._filter.device is None and (advice := self._packets.makers.advice):
            raise InputError(f"{self.name}: {advice}")

    def _falls_silent(self, now: float) -> bool:
        """True when the sensor has just become silent."""
        before, heard = self._silence, self._filter.heard
        self._silence = now - heard if heard is not None and self._filter.silent(now) else None
        return before is None and self._silence is not None

    def _decode(self, decoder: Decoder[T_co], data_packets: list[DataPacket]) -> Iterator[T_co]:
        for data_packet in data_packets:
            if self._setup is None:
                self._set_up(data_packet)
                if self._setup is None:
                    continue
            yield from decoder.add(data_packet, self._setup)

    def _set_up(self, data_packet: DataPacket) -> None:
        device = data_packet.device
        if device.model is not None:
            self._use(decoder_setup(device, self._calibration))
            return
        own = self._collector.add(data_packet.payload)
        series = self._collector.series
        if series is not None and (self._calibration is not None or own is not None):
            self._use(decoder_setup(device, self._calibration or own, series))

    def _use(self, setup: DecoderSetup) -> None:
        self._setup = setup
        sensor = self._given or setup.sensor
        if sensor.beams != setup.sensor.beams:
            raise InputError(
                f"{self.name}: sensor {sensor.name} has {sensor.beams} beams, but the device has "
                f"{setup.sensor.beams}; leave --sensor out"
            )
        self.sensor = sensor if self._height is None else replace(sensor, height=self._height)
