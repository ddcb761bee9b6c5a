"""Playing recordings with pauses, in steps, and again and again."""

from __future__ import annotations

import queue
import threading

import numpy as np
import pytest

from data.live.pace import Pace
from data.live.playback import PAUSED, WAITING, Playback
from data.live.played import PlayedSource
from data.scan import Scan
from data.turn_sector import cut_turn
from projection import PRESETS

TIMEOUT = 20


class Recording(PlayedSource):
    """So many scans, as fast as they are taken."""

    sensor = PRESETS["vlp16"]

    def __init__(self, count=5):
        super().__init__("recording", Pace(None))
        self.count = count
        self.closed = False

    def scans(self):
        for number in range(self.count):
            self._counters["received"] += 1
            yield Scan(np.zeros((1, 4), np.float32), number)
        self._ended = True

    def close(self):
        self.closed = True


class Watched:
    """A playback that is gone through in a thread."""

    def __init__(self, playback):
        self.playback = playback
        self.came = queue.Queue()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        for scan in self.playback.scans():
            self.came.put(scan.frame)
        self.came.put("end")

    def next(self):
        return self.came.get(timeout=TIMEOUT)

    def nothing_comes(self):
        with pytest.raises(queue.Empty):
            self.came.get(timeout=0.1)
        return True


def test_it_waits_with_its_first_scan_for_somebody_to_watch():
    watched = Watched(Playback(Recording(3), wait=True))
    assert watched.next() == 0
    assert watched.nothing_comes()
    assert watched.playback.status == WAITING
    watched.playback.begin()
    assert [watched.next() for _ in range(3)] == [1, 2, "end"]
    assert (watched.playback.status, watched.playback.pauses) == ("ended", 1)


def test_it_is_paused_stepped_through_and_resumed():
    playback = Playback(Recording())
    playback.pause()
    watched = Watched(playback)
    assert watched.next() == 0
    for expected in (1, 2):
        assert watched.nothing_comes()
        assert (playback.status, playback.paused) == (PAUSED, True)
        playback.step()
        assert watched.next() == expected
    playback.resume()
    assert [watched.next() for _ in range(3)] == [3, 4, "end"]


def test_it_is_played_again_and_again_and_counts_all_rounds():
    made = []

    def again():
        made.append(Recording(2))
        return made[-1]

    playback = Playback(Recording(2), again)
    scans = playback.scans()
    assert [next(scans).frame for _ in range(5)] == [0, 1, 0, 1, 0]
    assert (playback.status, playback.counters) == ("running", {"received": 5})
    assert made[0].closed
    playback.close()
    assert made[-1].closed


def test_a_recording_without_scans_is_not_played_for_ever():
    playback = Playback(Recording(0), lambda: Recording(0))
    assert list(playback.scans()) == []
    assert playback.status == "ended"


@pytest.mark.parametrize("hold", ["wait", "pause"])
def test_closing_it_ends_a_pause(hold):
    playback = Playback(Recording(), wait=hold == "wait")
    if hold == "pause":
        playback.pause()
    watched = Watched(playback)
    assert watched.next() == 0
    playback.close()
    assert watched.next() == "end"


class Sectors(Recording):
    """The same in sectors."""

    def sectors(self, count):
        for number in range(self.count):
            yield from cut_turn(Scan(np.ones((9, 4), np.float32), number), number, count, self.sensor)
        self._ended = True


def test_a_step_is_all_sectors_of_a_turn():
    playback = Playback(Sectors(3))
    playback.pause()
    came = queue.Queue()
    threading.Thread(target=lambda: [came.put(one.scan.frame) for one in playback.sectors(8)], daemon=True).start()
    for turn in range(3):
        assert [came.get(timeout=TIMEOUT) for _ in range(8)] == [turn] * 8
        with pytest.raises(queue.Empty):
            came.get(timeout=0.05)
        playback.step()
    assert playback.status == "ended"


def test_turns_are_counted_through_all_rounds():
    playback = Playback(Sectors(2), lambda: Sectors(2))
    turns = []
    for sector in playback.sectors(8):
        turns.append(sector.turn)
        if len(turns) == 40:
            playback.close()
            break
    assert turns == [turn for turn in range(5) for _ in range(8)]
