"""A line with damage: an endless sensor whose packets come with broken, forged, doubled and strangers' ones."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from itertools import count

from data.live.packets import Packet
from helpers.velodyne import MICROSECONDS_PER_HOUR, MODELS, packets

PER_TURN = 76
"""Packets of a VLP-16 that turns so fast that each turn has the same."""
POINTS = PER_TURN * 12 * 32
_INTERVAL = MODELS["vlp16"].interval
_TURN = packets("vlp16", turns=1, turns_per_second=1e6 / (PER_TURN * _INTERVAL))


def sensor() -> Iterator[Packet]:
    """A VLP-16's packets without end, from behind on."""
    for k in count():
        elapsed = round(k * _INTERVAL)
        one = _TURN[k % PER_TURN]
        time = struct.pack("<I", (1_000_000 + elapsed) % MICROSECONDS_PER_HOUR)
        yield Packet(1 + elapsed * 1e-6, one.sender, one.payload[:1200] + time + one.payload[1204:])


def damaged(packet: Packet, draw: random.Random) -> Packet:
    """A packet as it should not come; what no check can find, changed distances, is not among them."""
    data = bytearray(packet.payload)
    match draw.randrange(7):
        case 0:
            return packet
        case 1:
            return packet._replace(sender=("10.0.0.66", 2368))
        case 2:
            return packet._replace(payload=draw.randbytes(draw.choice((0, 10, 512, 1205, 1206, 1500))))
        case 3:
            return packet._replace(payload=bytes(data[: draw.randrange(len(data))]))
        case 4:
            struct.pack_into("<I", data, 1200, draw.randrange(1 << 32))
        case 5:
            data[100 * draw.randrange(12)] ^= 1 << draw.randrange(8)  # a block's flag
        case _:
            (time,) = struct.unpack_from("<I", data, 1200)
            struct.pack_into("<I", data, 1200, (time + draw.choice((-1, 1)) * draw.randrange(10**6)) % (1 << 32))
    return packet._replace(payload=bytes(data))


def instead(share: float, total: int, seed: int) -> Iterator[Packet]:
    """`total` packets of a sensor, a share of them replaced by damaged ones."""
    draw = random.Random(seed)
    for k, packet in zip(range(total), sensor(), strict=False):
        yield damaged(packet, draw) if k > PER_TURN and draw.random() < share else packet


def besides(share: float, total: int, seed: int) -> Iterator[Packet]:
    """All packets of a sensor, mixed with damaged ones, which are a share of the `total`."""
    draw = random.Random(seed)
    sent = sensor()
    packet = next(sent)
    for k in range(total):
        if k > PER_TURN and draw.random() < share:
            yield damaged(packet, draw)
        else:
            packet = next(sent)
            yield packet
