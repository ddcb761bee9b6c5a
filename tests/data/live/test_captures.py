"""Captures: what is written is read again, also when the writer was killed; any bytes are read or refused."""

from __future__ import annotations

import gzip
import io
import resource
import struct
from collections import Counter

import dpkt
import pytest
import velodyne_decoder as vd
from helpers.velodyne import packets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.live import captures
from data.live.capture_writer import CaptureWriter
from data.live.captures import read_capture
from data.live.packets import Packet
from projection import InputError

ONE = Packet(1_700_000_000.25, ("192.168.1.201", 2368), b"x" * 1206)
HEADERS = 16 + 42  # of a record, and of Ethernet, IP and UDP


def write(path, sent):
    path.unlink(missing_ok=True)
    with CaptureWriter(path) as writer:
        for packet in sent:
            writer.write(packet)
    return path


SENT = st.builds(
    Packet,
    st.integers(0, 2**32 - 2).map(float),
    st.tuples(st.ip_addresses(v=4).map(str), st.integers(0, 65535)),
    st.binary(max_size=1500),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SENT, max_size=5))
def test_what_is_written_is_read_again(tmp_path, sent):
    assert list(read_capture(write(tmp_path / "a.pcap", sent))) == sent


def test_stamps_keep_their_microseconds(tmp_path):
    (read,) = read_capture(write(tmp_path / "a.pcap", [ONE]))
    assert read.stamp == pytest.approx(ONE.stamp, abs=1e-6)


@pytest.mark.parametrize("cut", [1, 500, 1206, 1206 + HEADERS - 1])
def test_a_recording_that_was_killed_is_read_up_to_its_last_whole_packet(tmp_path, cut):
    path = write(tmp_path / "a.pcap", [ONE] * 3)
    path.write_bytes(path.read_bytes()[:-cut])
    assert len(list(read_capture(path))) == 2


def test_each_packet_is_in_the_file_before_the_next_comes(tmp_path):
    path = tmp_path / "a.pcap"
    with CaptureWriter(path) as writer:
        for number in (1, 2, 3):
            writer.write(ONE)
            assert len(list(read_capture(path))) == number


@pytest.mark.parametrize("room", [0, 8, 100])
def test_a_disk_that_takes_part_of_a_packet_is_full(tmp_path, room):
    path = tmp_path / "a.pcap"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with CaptureWriter(path) as writer:
        writer.write(ONE)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room, before[1]))
            with pytest.raises(InputError, match=r"a\.pcap: cannot be written"):
                writer.write(ONE)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(list(read_capture(path))) == 1


def test_velodyne_decoder_reads_our_recordings(tmp_path):
    path = write(tmp_path / "a.pcap", packets("vlp16", turns=2.2))
    assert sum(len(scan.points) > 10_000 for scan in vd.read_pcap(path, vd.Config())) == 2


def test_headers_have_the_checksum_of_ip(tmp_path):
    frame = write(tmp_path / "a.pcap", [ONE]).read_bytes()[24 + 16 :]
    words = sum(struct.unpack(">10H", frame[14:34]))
    assert (words & 0xFFFF) + (words >> 16) == 0xFFFF


def test_no_recording_is_overwritten(tmp_path):
    path = write(tmp_path / "a.pcap", [ONE])
    with pytest.raises(InputError, match="exists already"):
        CaptureWriter(path)


def udp_frame(payload=b"hello"):
    udp = dpkt.udp.UDP(sport=2368, dport=2368, data=payload, ulen=8 + len(payload))
    return dpkt.ip.IP(src=b"\x0a\0\0\1", dst=b"\x0a\0\0\2", p=17, data=udp, len=28 + len(payload))


LINKS = {
    "ethernet": (1, lambda ip: bytes(dpkt.ethernet.Ethernet(data=ip))),
    "linux cooked": (113, lambda ip: bytes(dpkt.sll.SLL(ethtype=0x0800, data=ip))),
    "raw IP": (101, bytes),
    "loopback": (0, lambda ip: struct.pack("<I", 2) + bytes(ip)),
}


@pytest.mark.parametrize("link", LINKS)
def test_frames_of_other_links_are_read(tmp_path, link):
    number, wrap = LINKS[link]
    file = io.BytesIO()
    writer = dpkt.pcap.Writer(file, linktype=number)
    writer.writepkt(wrap(udp_frame()), ts=5.0)
    (tmp_path / "a.pcap").write_bytes(file.getvalue())
    assert list(read_capture(tmp_path / "a.pcap")) == [Packet(5.0, ("10.0.0.1", 2368), b"hello")]


def test_wiresharks_pcapng_is_read(tmp_path):
    file = io.BytesIO()
    dpkt.pcapng.Writer(file).writepkt(bytes(dpkt.ethernet.Ethernet(data=udp_frame())), ts=5.0)
    (tmp_path / "a.pcapng").write_bytes(file.getvalue())
    assert [packet.payload for packet in read_capture(tmp_path / "a.pcapng")] == [b"hello"]


@pytest.mark.parametrize("cut", [0, 1, 9, 200])
def test_a_gzipped_capture_is_unpacked_as_it_is_read_also_one_that_was_cut(tmp_path, cut):
    path = write(tmp_path / "a.pcap", packets("vlp16", turns=0.2))
    packed = gzip.compress(path.read_bytes())
    (tmp_path / "a.pcap.gz").write_bytes(packed[: len(packed) - cut])
    whole, read = list(read_capture(path)), list(read_capture(tmp_path / "a.pcap.gz"))
    assert read == whole[: len(read)]
    assert (len(read) == len(whole)) == (cut < 10)  # gzip's own checksum comes last


def test_a_capture_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(captures, "_SUSPICIOUS", 1 << 18)
    head = write(tmp_path / "a.pcap", []).read_bytes()
    (tmp_path / "a.pcap.gz").write_bytes(gzip.compress(head + bytes(2 << 20)))
    with pytest.raises(InputError, match="unpacks to over 500 times its size"):
        list(read_capture(tmp_path / "a.pcap.gz"))


def test_a_frame_of_any_length_takes_no_memory(tmp_path):
    path = write(tmp_path / "a.pcap", [ONE])
    path.write_bytes(path.read_bytes() + struct.pack("<IIII", 0, 0, 1 << 31, 1 << 31) + bytes(100))
    counters = Counter()
    assert len(list(read_capture(path, counters))) == 1
    assert counters == {"cut short": 1}


def block(kind, body, order="<"):
    length = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + length + body + length


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link, *options, order="<"):
    body = struct.pack(f"{order}HHI", link, 0, 65535)
    for code, value in options:
        body += struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)
    return block(1, body, order)


def enhanced(number, ticks, frame, order="<"):
    head = struct.pack(f"{order}IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(6, head + frame + bytes(-len(frame) % 4), order)


FRAMES = {name: wrap(udp_frame(name.encode())) for name, (_, wrap) in LINKS.items()}


@pytest.mark.parametrize("order", "<>")
def test_each_packet_has_its_own_interfaces_link_and_clock(tmp_path, order):
    other = ">" if order == "<" else "<"
    blocks = [
        section(order),
        interface(113, order=order),
        enhanced(0, 1_500_000, FRAMES["linux cooked"], order),
        interface(1, (2, b"eth0"), (9, b"\x09"), (0, b""), (9, b"\x03"), order=order),  # nanoseconds
        block(5, bytes(16), order),  # statistics
        enhanced(1, 2_500_000_000, FRAMES["ethernet"], order),
        interface(101, (9, b"\x8a"), (14, struct.pack(f"{order}q", 100)), order=order),  # 1/1024 s, from 100 s on
        enhanced(2, 512, FRAMES["raw IP"], order),
        enhanced(0, 3_000_000, FRAMES["linux cooked"], order),
        enhanced(7, 0, FRAMES["ethernet"], order),  # of an interface that isn't there
        block(3, struct.pack(f"{order}I", len(FRAMES["linux cooked"])) + FRAMES["linux cooked"], order),
        section(other),
        interface(0, order=other),
        enhanced(0, 4_000_000, FRAMES["loopback"], other),
    ]
    (tmp_path / "a.pcapng").write_bytes(b"".join(blocks))
    counters = Counter()
    found = [(packet.stamp, packet.payload.decode()) for packet in read_capture(tmp_path / "a.pcapng", counters)]
    assert found == [
        (1.5, "linux cooked"),
        (2.5, "ethernet"),
        (100.5, "raw IP"),
        (3.0, "linux cooked"),
        (3.0, "linux cooked"),
        (4.0, "loopback"),
    ]
    assert counters == {"not UDP": 1}


@pytest.mark.parametrize("spoil", [lambda data: data[:-5], lambda data: data[:-4] + b"\0\0\0\1"])
def test_pcapng_is_read_up_to_where_it_is_damaged(tmp_path, spoil):
    whole = section() + interface(1) + enhanced(0, 1, FRAMES["ethernet"]) * 2
    (tmp_path / "a.pcapng").write_bytes(spoil(whole))
    counters = Counter()
    assert len(list(read_capture(tmp_path / "a.pcapng", counters))) == 1
    assert counters == {"cut short": 1}


def test_what_is_not_udp_is_counted(tmp_path):
    file = io.BytesIO()
    writer = dpkt.pcap.Writer(file)
    writer.writepkt(bytes(60), ts=1.0)
    writer.writepkt(b"", ts=1.0)
    (tmp_path / "a.pcap").write_bytes(file.getvalue())
    counters = Counter()
    assert list(read_capture(tmp_path / "a.pcap", counters)) == []
    assert counters == {"not UDP": 2}


@pytest.mark.parametrize("content", [b"", b"\xd4\xc3\xb2\xa1", b"no capture at all, but text that goes on for a while"])
def test_what_is_no_capture_is_refused(tmp_path, content):
    (tmp_path / "a.pcap").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.pcap: no pcap or pcapng"):
        list(read_capture(tmp_path / "a.pcap"))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        list(read_capture(tmp_path / "nowhere.pcap"))


@pytest.mark.parametrize("writer", [dpkt.pcap.Writer, dpkt.pcapng.Writer])
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_are_read_or_refused(tmp_path, writer, data):
    file = io.BytesIO()
    made = writer(file)
    for _ in range(3):
        made.writepkt(bytes(dpkt.ethernet.Ethernet(data=udp_frame())), ts=5.0)
    content = bytearray(file.getvalue())
    if data.draw(st.booleans()):
        content = bytearray(data.draw(st.binary(max_size=100)))
    for _ in range(data.draw(st.integers(0, 4)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    path = tmp_path / "a.pcap"
    path.write_bytes(content)
    try:
        assert all(isinstance(packet, Packet) for packet in read_capture(path))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right
