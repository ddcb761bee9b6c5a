"""What stands between the network and the decoder: lets one sensor's packets through, in order, and counts the rest.

A decoder believes what it is given: one forged packet of the right size makes it end a turn and lose the next.
"""

from __future__ import annotations

from collections import Counter

from data.live.packets import Address, Packet
from data.live.velodyne.devices import TELEMETRY_BYTES, Device, Firing, look_into
from data.live.velodyne.timeline import AUDITION, Refused, Timeline, audition

SILENCE = 1.0
"""Seconds after which a sensor counts as silent; another sender of the same model may then take its place."""

_SENDERS = 16  # that may be auditioned at once


class Guard:
    """Hears one sender: the first whose packets fit together, or the one at `sensor_ip`.

    device: that sends; None until the first packets told.
    counters: every packet is 'received' and then one of 'accepted', 'telemetry' (position packets, which are no
        error), 'malformed' (of another size, or contradicting itself), 'foreign' (another sender, or another
        model), 'duplicate', 'late' (overtaken by more than the guard waits for) or 'implausible' (its time or
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
        self._auditions: dict[tuple[Address, Device], list[Refused]] = {}

    def __call__(self, packet: Packet) -> tuple[list[Firing], bool]:
        """Take a packet in; the packets whose turn it now is, and whether they begin a new timeline."""
        self.counters["received"] += 1
        found = self._examine(packet)
        if isinstance(found, str):
            self.counters[found] += 1
            return [], False
        if packet.sender != self._sender or self._timeline is None:
            return self._audition(packet.sender, Refused(found, "implausible"))
        ready, refused = self._timeline.put(found)
        if ready:
            self._accept(ready)
            self._give_up(packet.sender, found.device)
        restarts = False
        for one in refused:
            if one.reason == "duplicate":
                self.counters["duplicate"] += 1
                continue
            begun, restarted = self._audition(packet.sender, one)
            if restarted:
                ready, restarts = begun, True
        return ready, restarts

    def _examine(self, packet: Packet) -> Firing | str:
        """A data packet of the sender, or of one that may become it; else what the packet is."""
        ip, payload = packet.sender[0], packet.payload
        if self._sensor_ip not in (None, ip):
            return "foreign"
        if len(payload) == TELEMETRY_BYTES and (self._sender is None or ip == self._sender[0]):
            return "telemetry"  # which comes from another port
        if self._sender not in (None, packet.sender) and not self.silent(packet.stamp):
            return "foreign"
        firing = look_into(packet.stamp, payload, self._forced)
        if firing is None:
            return "malformed" if look_into(packet.stamp, payload) is None else "foreign"
        return firing if self.device in (None, firing.device) else "foreign"

    def silent(self, now: float) -> bool:
        """Whether the sender said nothing valid for a second, by the clock of the packets' stamps."""
        return self.heard is not None and now - self.heard > SILENCE

    def flush(self) -> list[Firing]:
        """What is held back still, when no more packets come."""
        ready: list[Firing] = []
        if self._timeline is not None:
            ready, refused = self._timeline.flush()
            self._accept(ready)
            self._refuse(refused)
        for one in self._auditions.values():
            self._refuse(one)
        self._auditions.clear()
        return ready

    def _audition(self, sender: Address, one: Refused) -> tuple[list[Firing], bool]:
        """Keep a packet that doesn't fit, until enough of them fit one another."""
        key = sender, one.firing.device
        if key not in self._auditions and len(self._auditions) == _SENDERS:
            self._refuse(self._auditions.pop(next(iter(self._auditions))))
        kept = self._auditions.setdefault(key, [])
        if any(each.firing.time == one.firing.time for each in kept):
            self.counters["duplicate"] += 1
            return [], False
        kept.append(one)
        if len(kept) < AUDITION:
            return [], False
        found = audition([each.firing for each in kept], self.counters)
        if found is None:
            self._refuse([kept.pop(0)])
            return [], False
        if self._timeline is not None:
            self.counters["restarts"] += 1
            self._refuse([Refused(firing, "implausible") for firing in self._timeline.pending()])
        self._timeline, ready, refused = found
        self._sender, self.device = sender, one.firing.device
        del self._auditions[key]
        for other in list(self._auditions):
            self._refuse(self._auditions.pop(other))
        self._accept(ready)
        self._refuse(refused)
        return ready, True

    def _give_up(self, sender: Address, device: Device) -> None:
        self._refuse(self._auditions.pop((sender, device), []))

    def _accept(self, ready: list[Firing]) -> None:
        if ready:
            self.counters["accepted"] += len(ready)
            self.heard = ready[-1].stamp

    def _refuse(self, refused: list[Refused]) -> None:
        self.counters.update(one.reason for one in refused)
