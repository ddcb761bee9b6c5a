"""Real UDP on this machine: a sender that loses, reorders, doubles and forges packets, and a source that hears it."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from contextlib import closing

import pytest
from helpers.velodyne import packets

from data.live import open_live
from data.live.capture_writer import CaptureWriter
from data.live.captures import read_capture
from data.live.replay import replay
from data.live.udp import UdpReceiver, parse_address
from projection import InputError

HOST = "127.0.0.1"
TURN = packets("vlp16", turns=6)


class Listener:
    """A source on a port that the system chose, read by a thread of its own."""

    def __init__(self, **settings):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        self.source = open_live(f"udp://{HOST}:{self.port}", **settings)
        self.scans = []
        self.thread = threading.Thread(target=lambda: self.scans.extend(self.source.scans()), daemon=True)
        self.thread.start()

    def until(self, condition, seconds=20):
        """Wait until something is true of the source."""
        end = time.monotonic() + seconds
        while not condition(self.source):
            assert time.monotonic() < end, (self.source.status, self.source.counters)
            time.sleep(0.005)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.source.close()
        self.thread.join(10)
        assert not self.thread.is_alive()


class Sender:
    """Sends one packet after another, not faster than they are heard."""

    def __init__(self, listener):
        self.listener = listener
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sent = 0

    def send(self, payload, by=None):
        (by or self.socket).sendto(payload, (HOST, self.listener.port))
        self.sent += 1
        if self.sent % 20 == 0:
            self.caught_up()

    def caught_up(self):
        self.listener.until(lambda source: source.counters.get("received", 0) >= self.sent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def test_scans_come_over_the_network():
    with Listener() as listener, Sender(listener) as sender:
        assert listener.source.status == "waiting for packets"
        for packet in TURN:
            sender.send(packet.payload)
        listener.until(lambda source: len(listener.scans) >= 5)
        assert listener.source.status in ("running", "silent for 1 s")
    assert {len(scan) for scan in listener.scans[:5]} <= {28800, 29184, 28416}
    assert listener.source.status == "ended"


def test_a_bad_network_costs_no_turn():
    chance = random.Random(5)
    mixed = []
    for k, packet in sorted(enumerate(TURN), key=lambda pair: pair[0] + chance.uniform(0, 4)):
        if chance.random() < 0.05 and k > 30:
            continue  # lost
        mixed.append(packet.payload)
        if chance.random() < 0.1:
            mixed.append(packet.payload)  # doubled
        if chance.random() < 0.1:
            mixed.append(chance.randbytes(chance.choice([0, 10, 512, 1205, 1206, 1500])))
        if chance.random() < 0.1:  # forged
            (moment,) = struct.unpack_from("<I", packet.payload, 1200)
            mixed.append(packet.payload[:1200] + struct.pack("<I", moment + 200_000) + packet.payload[1204:])
    with Listener() as listener, Sender(listener) as sender:
        for payload in mixed:
            sender.send(payload)
        listener.until(lambda source: len(listener.scans) >= 5)
    counters = listener.source.counters
    assert len(listener.scans) == 6
    assert all(len(scan) > 0.85 * 28800 for scan in listener.scans)
    assert counters["accepted"] + counters["lost"] >= len(TURN) - 5
    assert min(counters[key] for key in ("lost", "reordered", "duplicate", "malformed", "implausible")) > 5
    assert counters.get("restarts", 0) == 0


def test_one_sender_is_heard():
    with (
        Listener() as listener,
        Sender(listener) as sender,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        for packet in TURN:
            sender.send(packet.payload)
            if sender.sent > 100:
                sender.send(packet.payload, by=other)
        sender.caught_up()
        assert listener.source.counters["foreign"] > 300
        assert listener.source.counters["accepted"] == len(TURN)


def test_a_sensor_on_another_address_is_not_heard():
    with Listener(sensor_ip="192.0.2.1") as listener, Sender(listener) as sender:
        for packet in TURN[:60]:
            sender.send(packet.payload)
        sender.caught_up()
        assert listener.source.counters == {"received": 60, "foreign": 60}


def test_silence_is_told_and_ends():
    with Listener() as listener, Sender(listener) as sender:
        for packet in TURN[:150]:
            sender.send(packet.payload)
        listener.until(lambda source: source.status == "running")
        listener.until(lambda source: source.status.startswith("silent for"))
        for packet in TURN[150:]:
            sender.send(packet.payload)
        listener.until(lambda source: source.status == "running" and len(listener.scans) >= 4)


def test_what_comes_is_recorded(tmp_path):
    path = tmp_path / "kept.pcap"
    sent = [packet.payload for packet in TURN[:100]] + [b"", b"foreign", bytes(512)]
    with Listener(record=path) as listener, Sender(listener) as sender:
        for payload in sent:
            sender.send(payload)
        sender.caught_up()
        listener.until(lambda source: len(list(read_capture(path))) == len(sent))
    assert [packet.payload for packet in read_capture(path)] == sent
    assert abs(next(read_capture(path)).stamp - time.time()) < 600


def test_packets_that_come_too_fast_are_counted():
    with closing(UdpReceiver(HOST, 0)) as receiver, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(20_000):
            sender.sendto(bytes(1206), receiver.address)
        taken, coming = 0, iter(receiver)
        for packet in coming:
            if isinstance(packet, float):
                break
            taken += 1
        sender.sendto(b"", receiver.address)  # the count comes with the next packet
        next(packet for packet in coming if not isinstance(packet, float))
    assert taken + receiver.counters["overflow"] == 20_000
    assert receiver.counters["overflow"] > 0


def test_a_port_that_is_taken_is_named():
    with closing(UdpReceiver(HOST, 0)) as first, pytest.raises(InputError, match="cannot listen"):
        UdpReceiver(*first.address)


def test_a_closed_port_can_be_taken_again():
    first = UdpReceiver(HOST, 0)
    first.close()
    first.close()
    UdpReceiver(*first.address).close()


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("udp://0.0.0.0:2368", ("0.0.0.0", 2368)),
        ("udp://:9000", ("0.0.0.0", 9000)),
        ("udp://", ("0.0.0.0", 2368)),
        ("udp://sensor.local/", ("sensor.local", 2368)),
    ],
)
def test_addresses(url, address):
    assert parse_address(url) == address


@pytest.mark.parametrize(
    "url", ["tcp://a:1", "udp://a:b", "udp://a:99999", "udp://a:1:2", "udp://a b", "udp:a", "udp://a:1/x"]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(InputError, match=r"udp://HOST:PORT"):
        parse_address(url)


def test_a_capture_is_heard_when_it_is_replayed(tmp_path):
    with CaptureWriter(tmp_path / "a.pcap") as writer:
        for packet in TURN:
            writer.write(packet)
    with Listener() as listener:
        assert list(replay(tmp_path / "a.pcap", (HOST, listener.port), rate=8))[-1] == len(TURN)
        listener.until(lambda source: source.status.startswith("silent"))
    assert listener.source.counters["received"] + listener.source.counters.get("overflow", 0) == len(TURN)
    assert len(listener.scans) == 6


def test_a_loop_begins_again(tmp_path):
    with CaptureWriter(tmp_path / "a.pcap") as writer:
        for packet in TURN[:10]:
            writer.write(packet)
    with closing(UdpReceiver(HOST, 0)) as receiver:
        sending = replay(tmp_path / "a.pcap", receiver.address, None, loop=True)
        for _ in range(25):
            next(sending)
        sending.close()
        heard = [packet.payload for _, packet in zip(range(25), receiver, strict=False)]
    assert heard[10:20] == [packet.payload for packet in TURN[:10]]


@pytest.mark.parametrize(("host", "said"), [("no.such.host.invalid", "cannot send there"), ("a" * 300, "cannot send")])
def test_an_address_that_cannot_be_sent_to_is_named(tmp_path, host, said):
    with CaptureWriter(tmp_path / "a.pcap") as writer:
        writer.write(TURN[0])
    with pytest.raises(InputError, match=said):
        next(replay(tmp_path / "a.pcap", (host, 9), None))


def test_an_empty_capture_is_not_looped_for_ever(tmp_path):
    CaptureWriter(tmp_path / "a.pcap").close()
    with pytest.raises(InputError, match="holds no UDP packets"):
        next(replay(tmp_path / "a.pcap", (HOST, 9), None, loop=True))
