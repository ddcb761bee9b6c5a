"""A stream as a feed."""

from __future__ import annotations

from unittest.mock import Mock

import numpy as np
import pytest
from helpers.live import TIMEOUT, FakeStream
from oracles.packet import decode

from apps.viewer.feeds import live_picture
from apps.viewer.feeds.live_feed import LiveFeed
from data.boxes import Box
from data.labels import CAR
from projection import InputError
from squeezeseg.tracking.followed import Followed

FOLLOWED = Followed(
    65_537,
    CAR,
    Box.standing("Car", (8.0, 0.0, -1.7), (4.2, 1.8, 1.5), 0.0),
    seen=True,
    confirmed=True,
    speed=10.0,
    moving=True,
    trail=np.array([(7.0, 0, -1.7), (8.0, 0, -1.7)]),
)


@pytest.fixture
def stream():
    return FakeStream()


@pytest.fixture
def live(stream):
    feed = LiveFeed(stream, "udp://somewhere")
    yield feed
    feed.close()


def put_and_wait(stream, live, number):
    stream.put(number)
    with live._change:
        assert live._change.wait_for(lambda: live._newest is not None and live._newest.number == number, TIMEOUT)


def test_a_request_waits_for_the_next_scan(stream, live):
    wanted = live.request("me")
    assert not wanted.done()
    stream.put(0)
    sent = wanted.result(TIMEOUT)
    facts = decode(sent.data).facts
    assert (sent.number, facts["position"], facts["name"], facts["latency"]) == (0, 0, "000000", 10.0)


def test_the_newest_wins_and_none_comes_twice(stream, live):
    for number in range(5):
        put_and_wait(stream, live, number)
    assert live.request("me").result(TIMEOUT).number == 4
    again = live.request("me")
    put_and_wait(stream, live, 9)
    assert again.result(TIMEOUT).number == 9


def test_a_recording_begins_when_somebody_asks_and_obeys(stream):
    playback = Mock()
    feed = LiveFeed(stream, "a.pcap", playback=playback)
    assert feed.describe()["controls"]
    assert not playback.begin.called
    feed.request("me")
    assert playback.begin.called
    for action in ("pause", "resume", "step"):
        feed.control(action)
        assert getattr(playback, action).called
    feed.close()


def test_a_sensor_has_no_controls(live):
    assert not live.describe()["controls"]
    live.control("pause")


def test_a_scan_that_came_before_the_browser_tells_nothing_of_delays(stream, live):
    put_and_wait(stream, live, 0)
    assert live.request("me").result(TIMEOUT).arrived is None
    again = live.request("me")
    put_and_wait(stream, live, 1)
    assert again.result(TIMEOUT).arrived is not None


def test_clients_do_not_take_frames_from_each_other(stream, live):
    put_and_wait(stream, live, 0)
    assert live.request("a").result(TIMEOUT).number == 0
    put_and_wait(stream, live, 1)
    assert [live.request(who).result(TIMEOUT).number for who in ("a", "b")] == [1, 1]


def test_what_nobody_wants_is_not_encoded(stream, live):
    for number in range(3):
        put_and_wait(stream, live, number)
    assert live.encoded == 0
    live.request("me").result(TIMEOUT)
    assert live.encoded == 1


def test_clients_who_wait_for_the_same_frame_get_the_same_bytes(stream, live):
    wanted = [live.request(who) for who in "abc"]
    stream.put(0)
    data = [future.result(TIMEOUT).data for future in wanted]
    assert all(one is data[0] for one in data)
    assert live.encoded == 1


def test_a_scan_that_cannot_be_shown_is_told_and_the_next_is_shown(stream, live, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(live_picture, "encode", lambda *_: 1 // 0)
        wanted = live.request("me")
        stream.put(0)
        with pytest.raises(InputError, match="scan 000000: ZeroDivisionError"):
            wanted.result(TIMEOUT)
    wanted = live.request("me")
    stream.put(1)
    assert wanted.result(TIMEOUT).number == 1


def test_news_are_the_streams_facts(live):
    since, news = live.news(0)
    assert (since, news["stream"]["pipeline_fps"], news["stream"]["state"]) == (1, 10.0, "running")
    assert live.describe()["kind"] == "live"


def test_closing_ends_the_threads_and_cancels_what_is_wanted(stream):
    feed = LiveFeed(stream, "somewhere")
    wanted = feed.request("me")
    feed.close()
    assert wanted.cancelled()
    assert not any(thread.is_alive() for thread in feed._threads)
    assert feed.request("me").cancelled()


def test_tracks_are_sent_where_objects_are_followed(stream, live):
    put_and_wait(stream, live, 0)
    assert decode(live.request("me").result(TIMEOUT).data).facts["tracks"] is None
    stream.followed = (FOLLOWED,)
    put_and_wait(stream, live, 1)
    (track,) = decode(live.request("me").result(TIMEOUT).data).facts["tracks"]
    assert (track["number"], track["instance"], track["motion"]) == (65_537, 2, "moving")
    assert (track["title"], track["trail"]) == ("car 65537 36 km/h", [[7.0, 0.0, -1.7], [8.0, 0.0, -1.7]])
