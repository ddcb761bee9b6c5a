"""The packet filter: the sensor's packets come through in order, whatever else is on the line, and each is counted."""

from __future__ import annotations

import random
import struct

import pytest
from helpers.velodyne import MICROSECONDS_PER_HOUR, packets
from hypothesis import given, settings
from hypothesis import strategies as st

from data.live.packets import Packet
from data.live.velodyne.devices import DEVICES, parse_data_packet
from data.live.velodyne.packet_filter import PacketFilter

DEVICE_NAMES = ("vlp16", "hdl32e", "hdl64e")
VERDICTS = ("accepted", "telemetry", "malformed", "foreign", "duplicate", "late", "implausible")
SENT = packets("hdl32e", turns=2)


def hear(sent, **settings):
    """The data packets that pass, with the number of new timelines, and the counters."""
    packet_filter = PacketFilter(**settings)
    heard, timelines = [], 0
    for packet in sent:
        data_packets, begins = packet_filter(packet)
        heard += data_packets
        timelines += begins
    heard += packet_filter.flush()
    counters = {key: value for key, value in packet_filter.counters.items() if value}
    assert sum(counters.get(verdict, 0) for verdict in VERDICTS) == counters.get("received", 0) == len(sent)
    assert len(heard) == counters.get("accepted", 0)
    return heard, timelines, counters


def changed(packet, *, time=None, azimuth=None, size=None, flag=None, product=None):
    data = bytearray(packet.payload)
    if time is not None:
        struct.pack_into("<I", data, 1200, time % MICROSECONDS_PER_HOUR)
    if azimuth is not None:
        for block in range(12):
            struct.pack_into("<H", data, 100 * block + 2, azimuth)
    if flag is not None:
        struct.pack_into("<H", data, 500, flag)
    if product is not None:
        data[-1] = product
    return packet._replace(payload=bytes(data[:size]))


def sensor_time(packet):
    return struct.unpack_from("<I", packet.payload, 1200)[0]


@pytest.mark.parametrize("device", DEVICE_NAMES)
@pytest.mark.parametrize("turns_per_second", [5.0, 10.0, 20.0])
def test_all_of_a_sensors_packets_come_through(device, turns_per_second):
    sent = packets(device, turns=1, turns_per_second=turns_per_second)
    heard, timelines, counters = hear(sent)
    assert [data_packet.payload for data_packet in heard] == [packet.payload for packet in sent]
    assert (timelines, counters) == (1, {"received": len(sent), "accepted": len(sent)})


def test_the_sensors_hour_ends_unnoticed():
    sent = packets("vlp16", turns=2, begin=MICROSECONDS_PER_HOUR - 100_000)
    heard, timelines, counters = hear(sent)
    assert (len(heard), timelines) == (len(sent), 1)
    assert "lost" not in counters


def test_lost_packets_are_counted_by_their_gaps():
    left = [packet for k, packet in enumerate(SENT) if k < 20 or k % 7]
    _, timelines, counters = hear(left)
    missing = sum(k >= 20 and k % 7 == 0 and k < len(SENT) - 1 for k in range(len(SENT)))
    assert (timelines, counters["accepted"], counters["lost"]) == (1, len(left), missing)


@pytest.mark.parametrize("lost", [9, 40, 200])
def test_a_gap_ends_nothing(lost):
    left = SENT[:50] + SENT[50 + lost :]
    heard, timelines, counters = hear(left)
    assert (len(heard), timelines, counters["lost"]) == (len(left), 1, lost)


def test_reordered_packets_are_put_back():
    shuffled = [SENT[k] for k in sorted(range(len(SENT)), key=lambda k: k + random.Random(k).uniform(0, 6))]
    heard, _, counters = hear(shuffled)
    assert [data_packet.payload for data_packet in heard] == [packet.payload for packet in SENT]
    assert counters["reordered"] > 50


def test_packets_in_order_are_not_held_back():
    packet_filter = PacketFilter()
    delays = [len(packet_filter(packet)[0]) for packet in SENT]
    assert set(delays[20:]) == {1}


def test_a_packet_that_comes_far_too_late_is_left_out():
    late = SENT[100]
    heard, _, counters = hear([*SENT[:100], *SENT[101:150], late, *SENT[150:]])
    assert late.payload not in [data_packet.payload for data_packet in heard]
    assert (counters["late"], counters["lost"]) == (1, 1)


def test_duplicates_are_left_out():
    heard, _, counters = hear([packet for packet in SENT for _ in range(2)])
    assert [data_packet.payload for data_packet in heard] == [packet.payload for packet in SENT]
    assert counters["duplicate"] == len(SENT)


FORGED = {
    "a time in the future": (lambda packet: changed(packet, time=sensor_time(packet) + 333_000), "implausible"),
    "a time half an hour off": (
        lambda packet: changed(packet, time=sensor_time(packet) + MICROSECONDS_PER_HOUR // 2),
        "implausible",
    ),
    "a time in the past": (lambda packet: changed(packet, time=sensor_time(packet) - 300_000), "late"),
    "another azimuth": (
        lambda packet: changed(
            packet,
            azimuth=(parse_data_packet(0, packet.payload).azimuth + 9000) % 36000,
            time=sensor_time(packet) + 100,
        ),
        "implausible",
    ),
    "a time past the hour's end": (
        lambda packet: changed(packet, time=None)._replace(
            payload=packet.payload[:1200] + b"\xff" * 4 + packet.payload[1204:]
        ),
        "malformed",
    ),
    "azimuths beyond the turn": (lambda packet: changed(packet, azimuth=36000), "malformed"),
    "a block's flag gone": (lambda packet: changed(packet, flag=0xFFEF), "malformed"),
    "a byte missing": (lambda packet: changed(packet, size=1205), "malformed"),
    "half missing": (lambda packet: changed(packet, size=600), "malformed"),
    "nothing in it": (lambda packet: changed(packet, size=0), "malformed"),
    "another sender": (lambda packet: packet._replace(sender=("10.0.0.66", 2368)), "foreign"),
    "another port": (lambda packet: packet._replace(sender=(packet.sender[0], 9)), "foreign"),
    "another model": (lambda packet: changed(packet, product=0x22), "foreign"),
    "telemetry": (lambda packet: packet._replace(payload=bytes(512), sender=(packet.sender[0], 8308)), "telemetry"),
}


@pytest.mark.parametrize("what", FORGED)
def test_forged_packets_change_nothing(what):
    forge, verdict = FORGED[what]
    mixed = list(SENT[:60])
    for k, packet in enumerate(SENT[60:]):
        mixed.append(packet)
        if k % 10 == 3:
            mixed.append(forge(packet))
    heard, timelines, counters = hear(mixed)
    assert [data_packet.payload for data_packet in heard] == [packet.payload for packet in SENT]
    assert timelines == 1
    assert counters == {"received": len(mixed), "accepted": len(SENT), verdict: len(mixed) - len(SENT)}


BURSTS = {"of another time": 600_000_000, "far ahead": 300_000, "a little ahead": 30_000, "behind": -300_000}


@pytest.mark.parametrize("device", ["vlp16", "hdl32e"])
@pytest.mark.parametrize("count", [16, 40])
@pytest.mark.parametrize("what", BURSTS)
def test_a_burst_in_the_sensors_own_name_changes_nothing(device, count, what):
    """From its own address, and consistent: sixteen such packets are all that a new timeline takes."""
    sent = packets(device, turns=3)
    middle = sent[len(sent) // 2]
    begin = sensor_time(middle) + BURSTS[what]
    looks = (180 + 3600 * (begin * 1e-6 - 1)) % 360
    burst = packets(device, turns=1, begin=begin, azimuth=looks)[:count]
    burst = [packet._replace(stamp=middle.stamp + k * 5e-6) for k, packet in enumerate(burst)]
    heard, timelines, counters = hear(sent[: len(sent) // 2] + burst + sent[len(sent) // 2 :])
    assert [data_packet.payload for data_packet in heard] == [packet.payload for packet in sent]
    assert (timelines, counters.get("restarts", 0), counters.get("lost", 0)) == (1, 0, 0)
    assert counters.get("implausible", 0) + counters.get("late", 0) == count


@pytest.mark.parametrize("soon", [1, 20, 100])
def test_forged_packets_right_after_the_sensors_do_not_change_its_rate(soon):
    """They look a little further on than they could, as near as no check tells them apart."""
    mixed = []
    for k, packet in enumerate(SENT):
        mixed.append(packet)
        if k in (80, 120):
            azimuth = (parse_data_packet(0, packet.payload).azimuth + 280) % 35000
            mixed.append(changed(packet, time=sensor_time(packet) + soon, azimuth=azimuth))
    _, timelines, counters = hear(mixed)
    assert (timelines, counters.get("lost", 0)) == (1, 0)
    assert counters["accepted"] >= len(SENT)


@pytest.mark.parametrize("faster", [1, 20, 1000])
def test_a_gap_in_a_recording_that_is_played_faster_is_a_gap(faster):
    sent = [packet._replace(stamp=packet.stamp / faster) for packet in packets("vlp16", turns=3)]
    _, timelines, counters = hear(sent[:100] + sent[160:])
    assert (timelines, counters["lost"]) == (1, 60)


def test_a_sensor_that_was_restarted_is_heard_again():
    again = packets("hdl32e", turns=1, begin=500, azimuth=33)
    again = [packet._replace(stamp=SENT[-1].stamp + 0.5 + k * 5e-4) for k, packet in enumerate(again)]
    heard, timelines, counters = hear([*SENT, *again])
    assert len(heard) == len(SENT) + len(again)
    assert (timelines, counters["restarts"]) == (2, 1)


def test_another_sender_is_heard_when_the_first_has_gone():
    other = [
        packet._replace(sender=("10.0.0.7", 2368), stamp=packet.stamp + 5) for packet in packets("hdl32e", turns=1)
    ]
    heard, timelines, _ = hear([*SENT, *other])
    assert (len(heard), timelines) == (len(SENT) + len(other), 2)


def test_another_model_never_takes_the_place():
    other = [packet._replace(sender=("10.0.0.7", 2368), stamp=packet.stamp + 5) for packet in packets("vlp16")]
    heard, _, counters = hear([*SENT, *other])
    assert (len(heard), counters["foreign"]) == (len(SENT), len(other))


def test_of_two_sensors_one_is_heard():
    other = [packet._replace(sender=("10.0.0.7", 2368)) for packet in packets("vlp16", turns=2)]
    mixed = sorted([*SENT, *other], key=lambda packet: packet.stamp)
    heard, timelines, counters = hear(mixed)
    assert {data_packet.device.name for data_packet in heard} == {"hdl32e"}
    assert (len(heard), timelines) == (len(SENT), 1)
    assert counters["foreign"] + counters["implausible"] == len(other)


def test_the_sensor_that_is_named_is_heard():
    other = [packet._replace(sender=("10.0.0.7", 2368)) for packet in packets("vlp16", turns=2)]
    mixed = sorted([*SENT, *other], key=lambda packet: packet.stamp)
    heard, _, _ = hear(mixed, sensor_ip="10.0.0.7")
    assert len(heard) == len(other)


def test_a_device_that_is_named_needs_no_factory_byte():
    sent = [changed(packet, product=0) for packet in SENT]
    assert hear(sent)[2] == {"received": len(sent), "malformed": len(sent)}
    assert len(hear(sent, device=DEVICES["hdl32e"])[0]) == len(sent)


def test_a_sensor_that_stands_still_is_not_heard():
    still = [changed(packet, azimuth=1000) for packet in SENT]
    assert hear(still)[2] == {"received": len(still), "implausible": len(still)}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_nothing_upsets_it(data):
    """Any packets in any order: all are counted, and what comes through is in order."""
    kinds = st.sampled_from(["sent", "bytes", "damaged", "sender"])
    mixed = []
    for packet in SENT[:150]:
        match data.draw(kinds):
            case "sent":
                mixed.append(packet)
            case "bytes":
                mixed.append(Packet(packet.stamp, packet.sender, data.draw(st.binary(max_size=30))))
            case "damaged":
                damaged = bytearray(packet.payload)
                place = data.draw(st.integers(0, 1205))
                damaged[place] = data.draw(st.integers(0, 255))
                mixed.append(packet._replace(payload=bytes(damaged)))
            case "sender":
                mixed.append(packet._replace(sender=(data.draw(st.sampled_from("abc")), 1)))
    heard, timelines, _ = hear(mixed)
    if timelines == 1:
        times = [data_packet.time for data_packet in heard]
        assert times == sorted(set(times))
