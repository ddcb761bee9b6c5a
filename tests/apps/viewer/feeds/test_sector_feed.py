"""A stream of sectors as a feed: the newest of each sector, all around."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import segmenter
from helpers.live import TIMEOUT, Facts
from oracles.packet import decode

from apps.viewer.feeds import sector_feed
from apps.viewer.feeds.sector_feed import SectorFeed
from data.scan import Scan
from data.turn_sector import cut_turn
from projection import PRESETS
from squeezeseg.inference.turn_sectors import SectorLabeller
from squeezeseg.running.sector_stream import SectorFrame
from squeezeseg.running.subscription import Subscription

SENSOR = PRESETS["hdl64"]


class FakeStream:
    """A stream whose sectors the test gives."""

    sectors = 8
    source = SimpleNamespace(sensor=SENSOR)

    def __init__(self):
        self.change = threading.Condition()
        self.subscription = None
        self.count = 0
        self.label = SectorLabeller(segmenter(), 8)

    def subscribe_sectors(self, depth, *, name):
        self.subscription = Subscription(name, depth, False, self.change)
        return self.subscription

    def facts(self):
        return Facts()

    def put(self, turn, numbers=range(8)):
        scan = Scan(street(turn), turn, f"{turn:06d}")
        for sector in cut_turn(scan, turn, 8, SENSOR):
            if sector.number in numbers:
                with self.change:
                    self.subscription.put(SectorFrame(self.count, self.label(sector), 1e9 + self.count, 2e9))
                    self.count += 1
                    self.change.notify_all()


@pytest.fixture
def stream():
    return FakeStream()


@pytest.fixture
def live(stream, monkeypatch):
    monkeypatch.setattr(sector_feed.SectorFeed, "seconds_between", 0.0)
    feed = SectorFeed(stream, "udp://somewhere")
    yield feed
    feed.close()


def picture(stream, live):
    """What a new client gets once all that was put is there."""
    with live._change:
        assert live._change.wait_for(lambda: live._newest and live._newest.number == stream.count - 1, TIMEOUT)
    return live.request(object()).result(TIMEOUT)


def azimuths(sent):
    xyz = decode(sent.data).xyz
    return np.degrees(np.arctan2(xyz[:, 1], xyz[:, 0]))


def test_a_sector_is_shown_as_soon_as_it_is_labelled(stream, live):
    wanted = live.request("me")
    stream.put(0, range(1))
    sent = wanted.result(TIMEOUT)
    assert (azimuths(sent) >= 135 - 0.1).all()
    assert sent.arrived == 1e9


def test_the_newest_of_each_sector_is_shown_with_the_rest_of_the_turn_before(stream, live):
    stream.put(0)
    whole = picture(stream, live)
    assert len(azimuths(whole)) == len(street(0))
    stream.put(1, range(3))
    sent = picture(stream, live)
    new, old = street(1), street(0)
    left = lambda points: np.degrees(np.arctan2(points[:, 1], points[:, 0])) > 45  # noqa: E731 - three sectors
    assert len(azimuths(sent)) == left(new).sum() + (~left(old)).sum()
    facts = decode(sent.data).facts
    assert facts["name"] == "000001"
    assert facts["azimuths"] == [180.0, -180.0]


def test_an_object_keeps_its_number_and_its_box(stream, live):
    stream.put(0)
    stream.put(1)
    sent = decode(picture(stream, live).data)
    found = sent.facts["found"]
    assert [one["box"][0] for one in found] == [1]
    assert set(np.unique(sent.objects)) == {0, found[0]["number"]}


def test_a_page_misses_turns_and_not_sectors(stream, live):
    stream.put(0)
    first = picture(stream, live).number
    stream.put(1)
    assert (first, picture(stream, live).number) == (0, 1)


def test_sectors_that_come_while_the_feed_pauses_are_one_picture(stream, live, monkeypatch):
    goes_on = threading.Event()

    def pause(seconds):
        live._change.wait_for(lambda: goes_on.is_set() or live._closed, TIMEOUT)
        return live._closed

    monkeypatch.setattr(live, "_closed_within", pause)
    stream.put(0, range(1))
    picture(stream, live)
    wanted = live.request("me")
    stream.put(0, range(1, 4))
    with live._change:
        assert live._change.wait_for(lambda: live._newest.number == 3, TIMEOUT)
        goes_on.set()
        live._change.notify_all()
    assert (azimuths(wanted.result(TIMEOUT)) < 45).any()
    assert live.encoded == 2
