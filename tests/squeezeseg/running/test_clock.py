"""Stage times and frame rates."""

from __future__ import annotations

import threading

import pytest

from squeezeseg.inference.clock import StageClock
from squeezeseg.running import rate_meter as timing
from squeezeseg.running.rate_meter import RateMeter


@pytest.fixture
def now(monkeypatch):
    """A clock that shows what the test says, in seconds."""
    hands = [0.0]
    monkeypatch.setattr(timing.time, "perf_counter", lambda: hands[0])
    return hands


def test_percentiles_leave_out_the_warm_up(now):
    clock = StageClock()
    for seconds in (9.0, 0.001, 0.002, 0.003):
        with clock("network"):
            now[0] += seconds
    summary = clock.summary()["network"]
    assert (summary["p50"], summary["p95"]) == pytest.approx((2.0, 2.9))
    assert clock.summary(warm_up=0)["network"]["p99"] > 1000


def test_a_stage_that_fails_is_not_timed(now):
    clock = StageClock()
    with pytest.raises(RuntimeError), clock("read"):
        raise RuntimeError
    assert clock.times == {}


def test_a_stage_may_hold_others(now):
    clock = StageClock()
    with clock("total"):
        for stage in ("project", "network"):
            with clock(stage):
                now[0] += 0.02
    assert clock.entries()["total"] == pytest.approx([40])


@pytest.mark.parametrize(("entries", "warm_up", "p50"), [([8], 1, 8), ([8, 2], 1, 2), ([8, 2], 0, 5), ([8, 2], 5, 5)])
def test_few_entries_are_all_kept(now, entries, warm_up, p50):
    clock = StageClock()
    for milliseconds in entries:
        with clock("network"):
            now[0] += milliseconds / 1e3
    assert clock.summary(warm_up)["network"]["p50"] == p50


@pytest.mark.parametrize(
    ("seconds", "fps"), [([], None), ([5.0], None), ([5.0, 0.1], 10), ([5.0, 0.1, 0.3], 5), ([0.0, 0.5, 0.5, 0.5], 2)]
)
def test_the_rate_counts_the_intervals_between_frames(now, seconds, fps):
    rate = RateMeter()
    for step in seconds:
        now[0] += step
        rate.tick()
    assert rate.fps == (None if fps is None else pytest.approx(fps))


def test_pauses_do_not_count(now):
    rate = RateMeter()
    rate.tick()
    with rate.paused():
        now[0] += 100
    now[0] += 0.25
    rate.tick()
    assert rate.fps == pytest.approx(4)


def test_a_clock_keeps_the_latest_entries(now, monkeypatch):
    monkeypatch.setattr("squeezeseg.inference.clock.KEPT", 3)
    clock = StageClock()
    for milliseconds in range(6):
        with clock("network"):
            now[0] += milliseconds / 1e3
    assert clock.entries()["network"] == pytest.approx([3, 4, 5])


def test_threads_share_a_clock():
    clock = StageClock()

    def work():
        for _ in range(500):
            with clock("network"):
                pass
            clock.summary()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(clock.entries()["network"]) == 2000


def test_frames_that_several_lanes_begin_together_do_not_come_for_free(now):
    rate = RateMeter(warm_up=2)
    for second in (5.0, 5.0, 6.0, 6.0, 7.0, 7.0):  # two lanes, a frame a second each
        now[0] = second
        rate.tick()
    assert rate.fps == pytest.approx(2)


@pytest.mark.parametrize(("times", "fps"), [([], None), ([3.0], None), ([3.0, 3.5, 4.0], 2.0), ([7.0, 7.0], None)])
def test_any_clock_will_do(times, fps):
    rate = RateMeter(last=20)
    for time in times:
        rate.tick(time)
    assert rate.fps == fps


def test_only_the_last_frames_count():
    rate = RateMeter(last=3)
    for time in (0.0, 100.0, 101.0, 102.0):
        rate.tick(time)
    assert rate.fps == 1.0
    rate.restart()
    assert rate.fps is None


@pytest.mark.parametrize(("now", "fps"), [(10.0, 2.0), (14.4, 2.0), (14.9, None), (99.0, None)])
def test_only_frames_in_the_window_count(now, fps):
    rate = RateMeter(window=5.0)
    for time in (0.0, 9.0, 9.5, 10.0):
        rate.tick(time)
    assert rate.fps_at(now) == fps


def test_a_clock_takes_over_the_times_of_another():
    one, other = StageClock(), StageClock()
    for clock, stages in ((one, ["read"]), (other, ["read", "write"])):
        for stage in stages:
            with clock(stage):
                pass
    one.add(other.take())
    assert {stage: len(times) for stage, times in one.entries().items()} == {"read": 2, "write": 1}
    assert other.take() == {}
