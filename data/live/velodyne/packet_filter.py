"""The packet filter before the decoder: passes one sensor's packets in order and counts the rest.

A decoder checks nothing: one forged packet of the right size makes it end a turn and lose the next.
"""

from __future__ import annotations

from collections import Counter

from data.live.packets import Address, Packet
from data.live.velodyne.devices import TELEMETRY_BYTES, DataPacket, Device, parse_data_packet
from data.live.velodyne.timeline import PROBATION, Refused, Timeline, begin_timeline

SILENCE = 1.0
"""Seconds after which a sensor counts as silent; another sender of the same model may then take its place."""

_MAX_SENDERS = 16  # on probation at once


class PacketFilter:
    """Passes the packets of one sender: the first whose packets fit together, or the one at `sensor_ip`.

    device: that sends; None until the first packets are accepted.
    counters: every packet is 'received' and then one of 'accepted', 'telemetry' (position packets, which are no
        error), 'malformed' (of another size, or contradicting itself), 'foreign' (another sender, or another
        model), 'duplicate', 'late' (overtaken by more than the filter waits for) or 'implausible' (its time or
        azimuth fits no other). Besides: 'reordered' (put back in order), 'lost' (gaps), 'restarts' (the sensor's
        clock or its turn began anew).
    """

    def __init__(self, sensor_ip: str | None = None, device: Device | None = None) -> None:
        self.device = device
        self.counters: Counter[str] = Counter()
        self.heard: float | None = None
        self._sensor_ip = sensor_ip
        self._forced = device
        self._sender: Address | None = None
        self._timeline: Timeline | None = None
        self._on_probation: dict[tuple[Address, Device], list[Refused]] = {}

    def __call__(self, packet: Packet) -> tuple[list[DataPacket], bool]:
        """Take a packet; return those that are next in order, and whether they begin a new timeline."""
        self.counters["received"] += 1
        found = self._examine(packet)
        if isinstance(found, str):
            self.counters[found] += 1
            return [], False
        if packet.sender != self._sender or self._timeline is None:
            return self._put_on_probation(packet.sender, Refused(found, "implausible"))
        ready, refused = self._timeline.put(found)
        if ready:
            self._accept(ready)
            self._end_probation(packet.sender, found.device)
        restarts = False
        for one in refused:
            if one.reason == "duplicate":
                self.counters["duplicate"] += 1
                continue
            begun, restarted = self._put_on_probation(packet.sender, one)
            if restarted:
                ready, restarts = begun, True
        return ready, restarts

    def _examine(self, packet: Packet) -> DataPacket | str:
        """The data packet of the sender, or of one that may become it; else the counter that the packet belongs in."""
        ip, payload = packet.sender[0], packet.payload
        if self._sensor_ip not in (None, ip):
            return "foreign"
        if len(payload) == TELEMETRY_BYTES and (self._sender is None or ip == self._sender[0]):
            return "telemetry"  # which comes from another port
        if self._sender not in (None, packet.sender) and not self.silent(packet.stamp):
            return "foreign"
        data_packet = parse_data_packet(packet.stamp, payload, self._forced)
        if data_packet is None:
            return "malformed" if parse_data_packet(packet.stamp, payload) is None else "foreign"
        return data_packet if self.device in (None, data_packet.device) else "foreign"

    def silent(self, now: float) -> bool:
        """True if the sender sent nothing valid for `SILENCE`, by the clock of the packets' stamps."""
        return self.heard is not None and now - self.heard > SILENCE

    def flush(self) -> list[DataPacket]:
        """Release the packets that are held back, when no more come."""
        ready: list[DataPacket] = []
        if self._timeline is not None:
            ready, refused = self._timeline.flush()
            self._accept(ready)
            self._refuse(refused)
        for one in self._on_probation.values():
            self._refuse(one)
        self._on_probation.clear()
        return ready

    def _put_on_probation(self, sender: Address, one: Refused) -> tuple[list[DataPacket], bool]:
        """Keep a packet that doesn't fit, until enough of them fit one another."""
        key = sender, one.data_packet.device
        if key not in self._on_probation and len(self._on_probation) == _MAX_SENDERS:
            self._refuse(self._on_probation.pop(next(iter(self._on_probation))))
        kept = self._on_probation.setdefault(key, [])
        if any(each.data_packet.time == one.data_packet.time for each in kept):
            self.counters["duplicate"] += 1
            return [], False
        kept.append(one)
        if len(kept) < PROBATION:
            return [], False
        if (
            sender == self._sender
            and self._timeline is not None
            and not self._timeline.is_silent(one.data_packet.stamp)
        ):
            self._refuse([kept.pop(0)])  # a forged burst, as the sensor can't have been heard since
            return [], False
        found = begin_timeline([each.data_packet for each in kept], self.counters)
        if found is None:
            self._refuse([kept.pop(0)])
            return [], False
        if self._timeline is not None:
            self.counters["restarts"] += 1
            self._refuse([Refused(data_packet, "implausible") for data_packet in self._timeline.pending()])
        self._timeline, ready, refused = found
        self._sender, self.device = sender, one.data_packet.device
        del self._on_probation[key]
        for other in list(self._on_probation):
            self._refuse(self._on_probation.pop(other))
        self._accept(ready)
        self._refuse(refused)
        return ready, True

    def _end_probation(self, sender: Address, device: Device) -> None:
        self._refuse(self._on_probation.pop((sender, device), []))

    def _accept(self, ready: list[DataPacket]) -> None:
        if ready:
            self.counters["accepted"] += len(ready)
            self.heard = ready[-1].stamp

    def _refuse(self, refused: list[Refused]) -> None:
        self.counters.update(one.reason for one in refused)
