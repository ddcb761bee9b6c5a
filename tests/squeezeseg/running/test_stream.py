"""The stream: the latest scan wins, queues are bounded, nothing is lost without being counted, and it ends."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import ReflectanceEngine, segmenter

from data.scan import Scan
from projection import PRESETS, InputError
from squeezeseg.running.stream import Stream
from squeezeseg.tracking.follower import Follower

SENSOR = PRESETS["vlp16"]
TIMEOUT = 30


def scan_of(number, intensity=0.1):
    points = np.array([[10, k, 0, intensity] for k in range(-3, 4)], np.float32)
    return Scan(points, number, f"{number:010d}", ring=np.full(7, 8, np.uint8))


class Gated:
    """A source whose scans come when the test says so; `None` ends it, an exception is raised."""

    name = "gated"
    status = "running"
    waits = False
    pauses = 0

    def __init__(self, sensor=SENSOR):
        self.sensor = sensor
        self.counters = {"received": 3}
        self.closed = threading.Event()
        self._coming = []
        self._change = threading.Condition()
        self.taken = 0

    def come(self, *items):
        with self._change:
            self._coming += items
            self._change.notify_all()

    def scans(self):
        while True:
            with self._change:
                self._change.wait_for(lambda: self._coming or self.closed.is_set())
                if self.closed.is_set():
                    return
                item = self._coming.pop(0)
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            self.sensor = SENSOR
            self.taken += 1
            yield item

    def close(self):
        self.closed.set()
        with self._change:
            self._change.notify_all()


class Recorded(Gated):
    waits = True


class Engine(ReflectanceEngine):
    """Works when the gate is open."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.calls = Counter()

    def __call__(self, inputs):
        self.gate.wait(TIMEOUT)
        self.calls[threading.current_thread().name] += 1
        return super().__call__(inputs)

    def clone(self):
        return self


def make(**settings):
    one = segmenter(sensor=SENSOR, **settings)
    one._pixels.engine = Engine()
    return one


def until(condition):
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def numbers(frames):
    return [frame.scan.frame for frame in frames]


def test_every_scan_is_labelled_where_there_is_time():
    source = Gated()
    stream = Stream(source, make())
    with stream.subscribe(depth=9) as frames, stream:
        for number in range(5):
            source.come(scan_of(number, 0.9))
            frame = frames.get(TIMEOUT)
            assert (frame.number, frame.scan.frame) == (number, number)
            assert set(frame.result.labels) == {1}
            assert frame.arrived <= frame.done
        source.come(None)
        assert stream.wait(TIMEOUT)
        assert frames.get(TIMEOUT) is None
        assert frames.ended
    facts = stream.facts()
    assert (facts.state, facts.scans, facts.frames, sum(facts.drops.values())) == ("ended", 5, 5, 0)
    assert facts.packets == {"received": 3}


def test_the_latest_scan_wins():
    source, one = Gated(), make()
    stream = Stream(source, one)
    with stream.subscribe(depth=9) as frames, stream:
        source.come(scan_of(0))
        assert frames.get(TIMEOUT).number == 0
        one.engine.gate.clear()
        source.come(scan_of(1))
        until(lambda: not stream._waiting and stream._taken == 2)  # it is being labelled
        source.come(*map(scan_of, range(2, 10)))
        until(lambda: source.taken == 10)
        one.engine.gate.set()
        source.come(None)
        assert numbers(frames) == [1, 9]
    assert stream.facts().drops == {"segmenter": 7, "subscriber": 0}


def test_scans_that_come_before_the_network_is_there_are_counted_apart():
    source, ready = Gated(sensor=None), threading.Event()

    def load(sensor):
        assert sensor == SENSOR
        ready.wait(TIMEOUT)
        return make()

    stream = Stream(source, load)
    with stream.subscribe() as frames, stream:
        source.come(*map(scan_of, range(4)))
        until(lambda: stream.facts().scans == 4)
        assert stream.facts().state == "loading the network"
        ready.set()
        assert frames.get(TIMEOUT).scan.frame == 3
        assert stream.facts().state == "running"
    assert stream.facts().drops["loading"] == 3


def test_a_recording_waits_for_the_network():
    source = Recorded(sensor=None)
    source.come(*map(scan_of, range(3)))
    stream = Stream(source, lambda sensor: make())
    with stream.subscribe(depth=9) as frames, stream:
        assert frames.get(TIMEOUT).scan.frame == 0
        source.come(None)
        list(frames)
    assert stream.facts().drops.get("loading", 0) == 0


@pytest.mark.parametrize("lanes", [1, 3])
def test_with_keep_all_no_scan_is_lost_and_order_is_kept(lanes):
    source = Recorded()
    source.come(*map(scan_of, range(40)), None)
    one = make()
    stream = Stream(source, one, keep_all=True, lanes=lanes)
    with stream.subscribe(depth=1, keep_all=True) as frames, stream:
        assert numbers(frames) == list(range(40))
    assert len(one.engine.calls) == lanes
    assert stream.facts().drops == {"subscriber": 0}


def test_a_scan_that_is_labelled_sooner_waits_for_the_one_before_it():
    source, one = Recorded(), make()
    later_is_done = threading.Event()
    label = one.engine.__call__

    class Overtaken(Engine):
        def __call__(self, inputs):
            if inputs[:, 3].max() < 1:  # the dark scan is the first
                later_is_done.wait(TIMEOUT)
                return label(inputs)
            labels = label(inputs)
            later_is_done.set()
            return labels

    one._pixels.engine = Overtaken()
    source.come(scan_of(0, 0.0), scan_of(1, 0.9), None)
    stream = Stream(source, one, keep_all=True, lanes=2)
    with stream.subscribe(depth=9) as frames, stream:
        assert numbers(frames) == [0, 1]
    assert later_is_done.is_set()


def test_a_slow_subscriber_misses_the_oldest_frames_and_holds_nobody_up():
    source = Recorded()
    source.come(*map(scan_of, range(20)), None)
    stream = Stream(source, make(), keep_all=True)
    slow = stream.subscribe(depth=3, name="slow")
    with stream.subscribe(depth=20, name="quick") as quick, stream:
        assert len(list(quick)) == 20
        assert numbers(slow) == [17, 18, 19]
    assert stream.facts().drops == {"slow": 17, "quick": 0}


def test_a_subscriber_that_leaves_is_not_waited_for():
    source = Recorded()
    stream = Stream(source, make(), keep_all=True)
    gone = stream.subscribe(depth=1, keep_all=True)
    with stream.subscribe(depth=9) as frames, stream:
        source.come(*map(scan_of, range(5)), None)
        until(lambda: stream.facts().frames >= 1)
        gone.close()
        assert len(list(frames)) == 5


def test_who_subscribes_late_gets_what_comes_then():
    source = Gated()
    with Stream(source, make()) as stream:
        source.come(scan_of(0))
        until(lambda: stream.facts().frames == 1)
        late = stream.subscribe()
        source.come(scan_of(1))
        assert late.get(TIMEOUT).number == 1
    assert stream.subscribe().get(TIMEOUT) is None


def test_a_subscriber_can_wait_a_little():
    with Stream(Gated(), make()) as stream, stream.subscribe() as frames:
        assert frames.get(0.01) is None
        assert not frames.ended


def test_frames_end_it():
    source = Gated()
    source.come(*map(scan_of, range(9)))
    stream = Stream(source, make(), frames=3, keep_all=True)
    with stream.subscribe(depth=9) as frames, stream:
        assert stream.wait(TIMEOUT)
        assert [frame.number for frame in frames] == [0, 1, 2]
    assert source.closed.is_set()


def test_a_scan_that_is_refused_is_counted_and_passed_over(caplog):
    source = Gated()
    good, strange = scan_of(0), replace(scan_of(1), ring=np.full(7, 99, np.uint8))
    source.come(good, strange, strange, scan_of(3), None)
    stream = Stream(source, make(), keep_all=True)
    with caplog.at_level(logging.WARNING), stream.subscribe(depth=9) as frames, stream:
        assert [(frame.number, frame.scan.frame) for frame in frames] == [(0, 0), (1, 3)]
    assert stream.facts().drops["refused"] == 2
    assert len(caplog.messages) == 1
    assert "0000000001" in caplog.text


@pytest.mark.parametrize("error", [InputError("the bag is damaged"), RuntimeError("a fault")])
def test_an_error_of_the_source_comes_after_what_was_read(error):
    source = Gated()
    source.come(scan_of(0), error)
    stream = Stream(source, make(), keep_all=True)
    with stream.subscribe(depth=9) as frames, pytest.raises(type(error), match=str(error)), stream:
        assert len(list(frames)) == 1
    assert stream.facts().state == "failed"
    assert source.closed.is_set()


def test_an_error_of_the_loading_ends_it():
    def load(sensor):
        raise InputError("no such weights")

    stream = Stream(Gated(), load)
    with pytest.raises(InputError, match="no such weights"), stream:
        stream.wait(TIMEOUT)


def test_a_fault_of_the_network_ends_it():
    source, one = Gated(), make()
    one.engine.twin = one.engine.gate.wait = None  # type: ignore[assignment, method-assign]
    source.come(scan_of(0))
    with pytest.raises(TypeError), Stream(source, one) as stream:
        stream.wait(TIMEOUT)


def test_a_source_without_scans_ends_it():
    source = Gated(sensor=None)
    source.come(None)
    stream = Stream(source, lambda sensor: pytest.fail("nothing to load for"))
    with stream.subscribe() as frames, stream:
        assert list(frames) == []
    assert stream.facts().state == "ended"


def test_it_can_be_closed_while_it_works():
    source = Gated()
    stream = Stream(source, make())
    with stream:
        source.come(scan_of(0))
    assert source.closed.is_set()
    assert not any(thread.is_alive() for thread in stream._threads)


def test_rates_count_intervals():
    source = Recorded()
    source.come(*map(scan_of, range(6)), None)
    stream = Stream(source, make(), keep_all=True)
    assert stream.facts().sensor_fps is stream.facts().latency_p50 is None
    with stream.subscribe(depth=9) as subscription, stream:
        frames = list(subscription)
    facts = stream.facts()
    assert facts.pipeline_fps == pytest.approx(5 / (frames[-1].done - frames[0].done))
    assert facts.compute_fps >= facts.pipeline_fps
    assert facts.latency_p50 <= facts.latency_p99
    latencies = [1e3 * (frame.done - frame.arrived) for frame in frames if frame.arrived >= frames[0].done]
    assert facts.latency_p50 == pytest.approx(np.median(latencies))


@pytest.mark.parametrize("settings", [{"frames": 0}, {"lanes": 0}])
def test_numbers_must_be_positive(settings):
    with pytest.raises(InputError, match="must be 1 or more"):
        Stream(Gated(), make(), **settings)
    with pytest.raises(InputError, match="depth 0"):
        Stream(Gated(), make()).subscribe(0)


def test_objects_keep_their_numbers_in_the_order_of_scans_whatever_lanes_are_ahead():
    def moving_car(number):
        points = street(number)
        points[points[:, 3] > 0.5, 0] += 0.1 * number
        return Scan(points, number, f"{number:010d}")

    found = []
    for lanes in (1, 2):
        source = Recorded(PRESETS["hdl64"])
        source.come(*[moving_car(number) for number in range(8)], None)
        stream = Stream(source, segmenter(), keep_all=True, lanes=lanes, follower=Follower(still=True))
        frames = stream.subscribe(8)
        with stream:
            assert stream.wait(TIMEOUT)
        found.append([])
        for frame in frames:
            car = frame.followed[0]
            own = frame.result.instances == car.number
            assert own.sum() > 100
            assert np.abs(frame.scan.points[own, 0].mean() - car.box.centre[0]) < 2.5
            found[-1].append((car.number, car.seen, car.box.centre, car.moving))
        assert stream.followed[0].number == 1
    assert found[0] == found[1]
    assert [number for number, *_ in found[0]] == [1] * 8


def test_without_a_follower_nothing_is_followed():
    source = Recorded()
    source.come(scan_of(0), None)
    stream = Stream(source, segmenter(), keep_all=True)
    frames = stream.subscribe()
    with stream:
        assert stream.wait(TIMEOUT)
    assert [frame.followed for frame in frames] == [stream.followed] == [None]
