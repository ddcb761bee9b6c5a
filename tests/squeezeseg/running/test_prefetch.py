"""Frames in the background: those that are asked for first, then those ahead, then the others."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import pytest

from projection import InputError
from squeezeseg.running.prefetch import Prefetcher

TIMEOUT = 20


class Dictionary:
    """A shelf that keeps all frames."""

    def __init__(self):
        self.kept = {}
        self.asked = {}

    def find(self, position):
        made = self.kept.get(position)
        return None if isinstance(made, Exception) else made

    def wanted_ahead(self, position):
        return position not in self.kept

    unfilled = wanted_ahead

    def put(self, position, made, *, asked):
        self.kept[position], self.asked[position] = made, asked


class Maker:
    """Makes frames when the test lets it, one by one; remembers their order."""

    def __init__(self, free=True):
        self.order = []
        self.gate = threading.Semaphore(10**6 if free else 0)
        self.begun = threading.Semaphore(0)

    def __call__(self, position):
        self.order.append(position)
        self.begun.release()
        assert self.gate.acquire(timeout=TIMEOUT)
        if position == 13:
            raise InputError("unlucky")
        return f"frame {position}"


@pytest.fixture
def prefetch():
    """A prefetcher that is closed with the test."""
    made = []

    def start(count, maker, shelf, **options):
        made.append((Prefetcher(count, maker, shelf, **{"ahead": 3, **options}), maker))
        return made[-1][0]

    yield start
    for one, maker in made:
        maker.gate.release(10**6)
        one.close()
        assert not one.thread.is_alive()


def until(prefetcher, condition):
    with prefetcher.lock:
        assert prefetcher.lock.wait_for(condition, TIMEOUT)


@pytest.mark.parametrize(
    ("position", "direction", "wrap", "expected"),
    [
        (2, 1, False, [2, 3, 4, 5]),
        (5, -1, False, [5, 4, 3, 2]),
        (8, 1, False, [8, 9]),
        (8, 1, True, [8, 9, 0, 1]),
        (0, -1, True, [0, 9, 8, 7]),
    ],
)
def test_the_next_frames_are_made_in_the_direction_of_the_last_request(prefetch, position, direction, wrap, expected):
    maker, shelf = Maker(), Dictionary()
    one = prefetch(10, maker, shelf, wrap=wrap)
    assert one.request("me", position, direction).result(TIMEOUT) == f"frame {position}"
    until(one, lambda: len(shelf.kept) == len(expected))
    assert maker.order == expected
    assert all(shelf.asked.values())


def test_a_request_comes_before_what_lies_ahead(prefetch):
    maker, shelf = Maker(free=False), Dictionary()
    one = prefetch(20, maker, shelf)
    first = one.request("me", 2)
    assert maker.begun.acquire(timeout=TIMEOUT)
    second = one.request("you", 9)
    maker.gate.release(10**6)
    assert (first.result(TIMEOUT), second.result(TIMEOUT)) == ("frame 2", "frame 9")
    assert maker.order[:2] == [2, 9]


def test_a_newer_request_of_the_same_takes_the_place_of_the_older(prefetch):
    maker, shelf = Maker(free=False), Dictionary()
    one = prefetch(20, maker, shelf)
    older = one.request("me", 2)
    assert maker.begun.acquire(timeout=TIMEOUT)
    newer = one.request("me", 9)
    with pytest.raises(CancelledError):
        older.result(TIMEOUT)
    maker.gate.release(10**6)
    assert newer.result(TIMEOUT) == "frame 9"


def test_a_frame_that_is_kept_is_given_at_once(prefetch):
    maker, shelf = Maker(free=False), Dictionary()
    shelf.kept[4] = "kept"
    assert prefetch(20, maker, shelf).request("me", 4).result(0) == "kept"


def test_the_others_are_filled_in_while_somebody_watches(prefetch):
    maker, shelf = Maker(), Dictionary()
    one = prefetch(8, maker, shelf, fill=True)
    one.request("me", 4).result(TIMEOUT)
    until(one, lambda: len(shelf.kept) == 8)
    assert maker.order == [4, 5, 6, 7, 0, 1, 2, 3]
    assert [position for position, asked in shelf.asked.items() if not asked] == [0, 1, 2, 3]


def test_an_error_reaches_who_asked_and_the_thread_goes_on(prefetch):
    one = prefetch(20, Maker(), Dictionary())
    with pytest.raises(InputError, match="unlucky"):
        one.request("me", 13).result(TIMEOUT)
    assert one.request("me", 2).result(TIMEOUT) == "frame 2"


def test_what_is_in_the_making_is_made_again_after_a_restart(prefetch):
    maker, shelf = Maker(free=False), Dictionary()
    one = prefetch(20, maker, shelf)
    wanted = one.request("me", 2)
    assert maker.begun.acquire(timeout=TIMEOUT)
    with one.lock:
        one.restart()
    maker.gate.release(10**6)
    assert wanted.result(TIMEOUT) == "frame 2"
    assert maker.order[:2] == [2, 2]


@pytest.mark.parametrize("end", ["leave", "close"])
def test_open_requests_are_cancelled(prefetch, end):
    maker = Maker(free=False)
    one = prefetch(20, maker, Dictionary())
    one.request("you", 1)
    assert maker.begun.acquire(timeout=TIMEOUT)
    wanted = one.request("me", 2)
    maker.gate.release(10**6)
    if end == "leave":
        one.leave("me")
    else:
        one.close()
        assert one.request("me", 3).cancelled()
    assert wanted.cancelled() or wanted.done()
