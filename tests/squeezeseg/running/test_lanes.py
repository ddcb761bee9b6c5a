"""Several lanes, one stream of outcomes."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from helpers.drive import street
from helpers.tools import needs

from data.sources import Frame
from projection import InputError
from squeezeseg import Segmenter
from squeezeseg.engines.base import EngineError
from squeezeseg.inference.clock import StageClock
from squeezeseg.running import lanes as pipeline


class Lane:
    """In a segmenter's place: knows its clones."""

    def __init__(self, clones=None):
        self.clock = StageClock()
        self.clones = [] if clones is None else clones

    def clone(self):
        self.clones.append(Lane(self.clones))
        return self.clones[-1]


def lanes_alive():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("lane ")]


@pytest.fixture(autouse=True)
def _no_lane_is_left_behind():
    yield
    assert lanes_alive() == []


def uneven(_, frame, __):
    """Later frames are often done first."""
    time.sleep(0.002 * (frame * 7 % 5))
    return frame * 10


LANES = pytest.mark.parametrize("lanes", [1, 2, 5])


@LANES
def test_outcomes_come_in_the_order_of_the_frames(lanes):
    outcomes = list(pipeline.run(Lane(), range(30), uneven, lanes=lanes))
    assert [outcome.frame for outcome in outcomes] == list(range(30))
    assert [outcome.result for outcome in outcomes] == [10 * k for k in range(30)]


@LANES
def test_no_frames_no_outcomes(lanes):
    assert list(pipeline.run(Lane(), [], uneven, lanes=lanes)) == []


@LANES
def test_a_bad_scan_is_an_outcome_in_its_place(lanes):
    def work(_, frame, __):
        if frame % 3 == 1:
            raise InputError(f"frame {frame}")
        return frame

    outcomes = list(pipeline.run(Lane(), range(8), work, lanes=lanes))
    assert [outcome.result for outcome in outcomes] == [0, None, 2, 3, None, 5, 6, None]
    assert [str(outcome.error) for outcome in outcomes if outcome.error] == ["frame 1", "frame 4", "frame 7"]


@LANES
def test_a_strict_run_raises_the_first_error_in_its_turn(lanes):
    def work(_, frame, __):
        if frame > 2:
            raise InputError(f"frame {frame}")
        return frame

    seen = []
    with pytest.raises(InputError, match="frame 3"):
        seen += (outcome.frame for outcome in pipeline.run(Lane(), range(9), work, lanes=lanes, strict=True))
    assert lanes_alive() == []


@LANES
@pytest.mark.parametrize(("text", "expected"), [("cut short", "a/7.bin: cut short"), ("a/7.bin: no", "a/7.bin: no")])
def test_an_error_names_the_frames_file_once(lanes, text, expected):
    def work(*_):
        raise InputError(text)

    outcomes = list(pipeline.run(Lane(), [Frame(7, "7", Path("a/7.bin"))], work, lanes=lanes))
    assert [str(outcome.error) for outcome in outcomes] == [expected]


@LANES
def test_buffers_are_used_again_and_never_for_two_outcomes_at_once(lanes):
    """An outcome's buffers are no other frame's until the next outcome is asked for."""
    busy, users = set(), set()

    def work(_, frame, buffers):
        assert buffers not in busy
        busy.add(buffers)
        users.add(buffers)
        time.sleep(0.001 * (frame % 3))
        return buffers

    for outcome in pipeline.run(Lane(), range(40), work, lanes=lanes):
        time.sleep(0.001)
        busy.remove(outcome.result)
    assert len(users) <= (1 if lanes == 1 else pipeline.BEGUN_PER_LANE * lanes)


@LANES
def test_any_other_error_is_raised_in_its_turn(lanes):
    def work(_, frame, __):
        if frame == 3:
            raise ZeroDivisionError
        return frame

    seen = []
    with pytest.raises(ZeroDivisionError):
        seen += (outcome.frame for outcome in pipeline.run(Lane(), range(20), work, lanes=lanes))
    assert lanes_alive() == []


@pytest.mark.parametrize(("lanes", "depth"), [(1, None), (2, None), (2, 2), (3, 4), (3, 1)])
def test_the_frames_in_flight_are_bounded(lanes, depth):
    taken, most = [], 0

    def frames():
        for frame in range(40):
            taken.append(frame)
            yield frame

    for done, _ in enumerate(pipeline.run(Lane(), frames(), uneven, lanes=lanes, depth=depth)):
        most = max(most, len(taken) - done)
        time.sleep(0.001)
    assert most == (1 if lanes == 1 else depth or pipeline.BEGUN_PER_LANE * lanes)


def test_lanes_work_at_the_same_time():
    together = threading.Barrier(3, timeout=30)  # breaks unless three come
    list(pipeline.run(Lane(), range(6), lambda *_: together.wait(), lanes=3))


def test_each_lane_has_a_clone_and_uses_it_alone():
    segmenter, users = Lane(), {}
    together = threading.Barrier(3, timeout=30)

    def work(own, _, __):
        together.wait()
        users.setdefault(own, set()).add(threading.current_thread().name)

    list(pipeline.run(segmenter, range(9), work, lanes=3))
    assert set(users) == set(segmenter.clones)
    assert sorted(name for names in users.values() for name in names) == ["lane 0", "lane 1", "lane 2"]


def test_one_lane_is_the_callers_thread_and_segmenter():
    segmenter = Lane()
    work = lambda own, *_: (own, threading.current_thread())  # noqa: E731
    outcomes = list(pipeline.run(segmenter, range(2), work, lanes=1))
    assert [outcome.result for outcome in outcomes] == [(segmenter, threading.current_thread())] * 2


@LANES
def test_all_lanes_share_the_segmenters_clock(lanes):
    def work(own, _, __):
        with own.clock("network"):
            pass

    segmenter = Lane()
    list(pipeline.run(segmenter, range(12), work, lanes=lanes))
    assert len(segmenter.clock.times["network"]) == 12


class Slow:
    """Work whose beginning is counted."""

    def __init__(self):
        self.begun = []

    def __call__(self, _, frame, __):
        self.begun.append(frame)
        time.sleep(0.02)


@pytest.mark.parametrize("how", ["close", "exception", "interrupt"])
def test_an_ending_stops_the_lanes_after_the_scans_they_are_at(how):
    work = Slow()
    outcomes = pipeline.run(Lane(), range(1000), work, lanes=2)
    with suppress(ZeroDivisionError, KeyboardInterrupt), closing(outcomes):
        for outcome in outcomes:
            if outcome.frame == 3:
                if how == "exception":
                    raise ZeroDivisionError
                if how == "interrupt":
                    raise KeyboardInterrupt
                break
    assert lanes_alive() == []
    begun = len(work.begun)
    time.sleep(0.05)
    assert len(work.begun) == begun < 20


def test_a_source_that_fails_ends_the_lanes():
    def frames():
        yield from range(3)
        raise OSError("unplugged")

    with pytest.raises(OSError, match="unplugged"):
        list(pipeline.run(Lane(), frames(), uneven, lanes=2))
    assert lanes_alive() == []


def test_a_lane_that_is_stuck_holds_up_nobody_for_long(monkeypatch):
    monkeypatch.setattr(pipeline, "SECONDS_TO_END", 0.01)
    free = threading.Event()
    outcomes = pipeline.run(Lane(), range(4), lambda _, frame, __: frame == 0 or free.wait(30), lanes=2)
    assert next(outcomes).frame == 0
    outcomes.close()
    stuck = [thread for thread in threading.enumerate() if thread.name.startswith("lane ")]
    assert stuck
    assert all(thread.daemon for thread in stuck)
    free.set()
    for thread in stuck:
        thread.join()


def test_lanes_that_cannot_be_made_leave_none_behind():
    class Broken(Lane):
        def clone(self):
            if self.clones:
                raise MemoryError
            return super().clone()

    with pytest.raises(MemoryError):
        next(pipeline.run(Broken(), range(4), uneven, lanes=3))


@pytest.mark.parametrize("lanes", [0, -1])
def test_less_than_one_lane_is_refused(lanes):
    with pytest.raises(ValueError, match="1 or more"):
        next(pipeline.run(Lane(), range(4), uneven, lanes=lanes))


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_labels_are_the_same_however_many_lanes(engine):
    needs(engine)
    scans = [street(seed) for seed in range(4)]

    def work(own, points, buffers):
        result = own(points, buffers=buffers)
        return result.labels.tobytes(), result.instances.tobytes(), result.confidence.tobytes()

    found = []
    for lanes in (1, 2):
        segmenter = Segmenter.load("fast", view="front", engine=engine, lanes=lanes)
        found.append([outcome.result for outcome in pipeline.run(segmenter, scans, work, lanes=lanes)])
    assert found[0] == found[1]
    assert len(set(found[0])) == len(scans)


@pytest.mark.parametrize("error", [EngineError("no room"), MemoryError()])
def test_a_lane_without_memory_leaves_its_frames_to_the_others(caplog, error):
    failing = []

    def work(lane, frame, _):
        if not failing:
            failing.append(lane)
        if lane is failing[0]:
            raise error
        time.sleep(0.002)
        return frame * 10

    outcomes = list(pipeline.run(Lane(), range(30), work, lanes=3))
    assert [outcome.result for outcome in outcomes] == [10 * k for k in range(30)]
    assert [record.message for record in caplog.records] == [
        f"{str(error) or 'too little memory'}: going on with a lane less, 2"
    ]


@LANES
def test_no_memory_for_any_lane_ends_the_run_and_is_no_fault_of_the_scans(lanes):
    def work(*_):
        raise EngineError("no room")

    with pytest.raises(EngineError, match="no room"):
        list(pipeline.run(Lane(), range(30), work, lanes=lanes))


@pytest.mark.parametrize("started", [0, 1, 2])
def test_threads_that_cannot_be_started(monkeypatch, caplog, started):
    start, count = threading.Thread.start, []

    def limited(thread):
        if thread.name.startswith("lane ") and len(count) == started:
            raise RuntimeError("can't start new thread")
        count.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    if started:
        assert len(list(pipeline.run(Lane(), range(9), uneven, lanes=3))) == 9
        assert caplog.messages == [f"can't start new thread: going on with {started} of the lanes"]
    else:
        with pytest.raises(InputError, match="no thread can be started"):
            list(pipeline.run(Lane(), range(9), uneven, lanes=3))
