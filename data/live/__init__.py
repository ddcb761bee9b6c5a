"""Live sources: sensors on the network, and recordings played as if they were live."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data.live.capture_writer import CaptureWriter
from data.live.captures import PacedCapture
from data.live.ouster import OusterSource, metadata_beside, read_metadata
from data.live.ouster.metadata import SUFFIX as METADATA
from data.live.pace import Pace, parse_rate
from data.live.recorded import SCANS_PER_SECOND, RecordedSource
from data.live.replay import replay
from data.live.ros.bags import BagSource
from data.live.source import LiveSource
from data.live.spooled import SpooledSource
from data.live.udp import UdpReceiver, parse_address
from data.live.velodyne.devices import DEVICES, device_named
from data.live.velodyne.source import VelodyneSource
from data.sources import Source, open_source
from data.stream_file import stream_kind
from projection import Sensor
from projection.errors import InputError

__all__ = ["DEVICES", "LiveSource", "open_live", "open_recording", "parse_address", "replay"]


def open_live(
    address: str,
    *,
    rate: str = "",
    device: str | None = None,
    calibration: Path | None = None,
    sensor: Sensor | None = None,
    height: float | None = None,
    sensor_ip: str | None = None,
    record: Path | None = None,
    topic: str | None = None,
) -> LiveSource:
    """Open a live source.

    Args:
        address: udp://HOST:PORT of packets of a Velodyne or an Ouster; a capture of them (pcap or pcapng, also
            gzipped); a ROS bag or MCAP file, or a ROS 2 bag's folder; or anything that `open_source` opens.
        rate: of what has a clock of its own (captures, bags) a factor, 1 if not given; of other recordings scans
            a second, 10 if not given; 'max' for as fast as they are taken. A sensor has its own.
        device: one of `DEVICES` that sends the packets, where their factory bytes don't name it.
        calibration: a file in velodyne-decoder's YAML, where the device's own isn't meant; or an Ouster's metadata
            (.json), which is found beside a capture if it is called alike.
        sensor: that recorded it, where the packets or messages don't name it.
        height: of the sensor above the ground, in metres.
        sensor_ip: whom alone to listen to.
        record: a new pcap file for all packets as they come.
        topic: of a bag.

    Raises:
        InputError: there is no such source, or an option doesn't go with it.

    Example:
        >>> with closing(open_live("udp://0.0.0.0:2368")) as source:
        ...     for scan in source.scans():
        ...         print(len(scan))
    """
    path = Path(address)
    network = "://" in address
    kind = None if network else stream_kind(path)
    packets, bag = network or kind == "capture", kind == "bag"
    only_packets = {"device": device, "calibration": calibration, "sensor-ip": sensor_ip, "record": record}
    for option, value in only_packets.items():
        if value is not None and not packets:
            raise InputError(f"--{option} is for packets, from udp://HOST:PORT or a capture, not for {address}")
    if topic is not None and not bag:
        raise InputError(f"--topic is for bags, not for {address}")
    if network and rate:
        raise InputError(f"--rate is for recordings: a sensor on {address} has its own")
    factor = parse_rate(rate, SCANS_PER_SECOND if not packets and not bag else 1.0)
    if bag:
        return BagSource(path, Pace(factor), topic=topic, sensor=sensor, height=height)
    if not packets:
        source = open_source(path, sensor=sensor)
        if height is not None:
            source.mount(height)
        return RecordedSource(source, Pace(factor))

    known = device_named(device) if device is not None else None
    if not network and not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    receiver = UdpReceiver(*parse_address(address)) if network else PacedCapture(path, Pace(factor))
    writer: CaptureWriter | None = None
    try:
        if record is not None:
            writer = CaptureWriter(record)
        given = calibration if calibration is not None and calibration.suffix.lower() == METADATA else None
        metadata = given or (None if network or device or calibration else metadata_beside(path))
        if metadata is not None:
            about = read_metadata(metadata)
            return OusterSource(
                address, receiver, about, sensor=sensor, height=height, sensor_ip=sensor_ip, record=writer
            )
        return VelodyneSource(
            address,
            receiver,
            device=known,
            calibration=calibration,
            sensor=sensor,
            height=height,
            sensor_ip=sensor_ip,
            record=writer,
        )
    except BaseException:
        receiver.close()
        if writer is not None:
            writer.close()
            writer.path.unlink(missing_ok=True)  # it has no packet, and would be in the next attempt's way
        raise


def open_recording(
    path: str | Path,
    *,
    sensor: Sensor | None = None,
    height: float | None = None,
    topic: str | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> Source:
    """Open anything that was recorded, as `open_source` does, captures and bags included: these are decoded first.

    Args:
        path: see `open_live` and `open_source`.
        sensor: that recorded it, where neither layout nor packets name it.
        height: of the sensor above the ground, in metres.
        topic: of a bag.
        told: gets the number of scans that were decoded, after each.

    Raises:
        InputError: there is no such recording, or no scan in it.
    """
    path = Path(path)
    if stream_kind(path) is None:
        if topic is not None:
            raise InputError(f"--topic is for bags, not for {path}")
        source = open_source(path, sensor=sensor)
        if height is not None:
            source.mount(height)
        return source
    return SpooledSource(path, open_live(str(path), rate="max", sensor=sensor, height=height, topic=topic), told)
