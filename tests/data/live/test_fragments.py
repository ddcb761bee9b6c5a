"""Packets that were sent in several fragments."""

from __future__ import annotations

import random
from collections import Counter

import dpkt
import pytest

from data.live.captures import read_capture

PAYLOADS = [bytes([k]) * 8448 for k in range(4)]


def frames(payload, number, part=1480):
    """Ethernet frames of the fragments of a UDP packet."""
    whole = bytes(dpkt.udp.UDP(sport=7502, dport=7502, data=payload, ulen=8 + len(payload)))
    made = []
    for at in range(0, len(whole), part):
        data = whole[at : at + part]
        more = at + part < len(whole)
        ip = dpkt.ip.IP(src=b"\x0a\0\0\1", dst=b"\x0a\0\0\2", p=17, id=number, data=data, len=20 + len(data))
        ip.offset, ip.mf = at // 8, int(more)
        made.append(bytes(dpkt.ethernet.Ethernet(data=ip)))
    return made


def capture(path, parts):
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number, part in enumerate(parts):
            writer.writepkt(part, ts=float(number))
    return path


@pytest.mark.parametrize("order", ["as sent", "mixed", "backwards"])
def test_fragments_are_put_together(tmp_path, order):
    parts = [part for number, payload in enumerate(PAYLOADS) for part in frames(payload, number)]
    if order == "mixed":
        random.Random(1).shuffle(parts)
    elif order == "backwards":
        parts.reverse()
    found = list(read_capture(capture(tmp_path / "a.pcap", parts)))
    assert sorted(packet.payload for packet in found) == PAYLOADS
    assert {packet.sender for packet in found} == {("10.0.0.1", 7502)}


def test_what_isnt_whole_is_counted(tmp_path):
    parts = [part for number, payload in enumerate(PAYLOADS) for part in frames(payload, number)]
    del parts[2]
    counters = Counter()
    assert len(list(read_capture(capture(tmp_path / "a.pcap", parts), counters))) == 3
    assert counters == {"cut short": 1}


def test_many_first_fragments_take_no_memory(tmp_path):
    """A filter on the port keeps only these."""
    parts = [frames(PAYLOADS[0], number)[0] for number in range(300)]
    counters = Counter()
    assert list(read_capture(capture(tmp_path / "a.pcap", parts), counters)) == []
    assert counters == {"cut short": 300}
