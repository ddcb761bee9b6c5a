"""A drive as a feed."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from dataclasses import replace

import numpy as np
import pytest
from helpers.drive import write_drive
from helpers.engine import segmenter
from oracles.packet import decode

from apps.viewer.feeds.drive_feed import DriveFeed
from apps.viewer.feeds.predictors import Segmented, by_segmenter
from data.labels import class_map
from data.sources import open_source
from projection import InputError
from squeezeseg.evaluation.labelled_frames import evaluate

TIMEOUT = 60


class Gate:
    """Labels as a segmenter does, each when it is let through; remembers which frames it was asked for."""

    def __init__(self, source, is_open=False):
        self.predict = by_segmenter(segmenter(sensor=source.sensor))
        self.asked = []
        self.tickets = threading.Semaphore(10_000 if is_open else 0)
        self.came = threading.Semaphore(0)

    def __call__(self, frame, scan):
        self.asked.append(frame.number)
        self.came.release()
        assert self.tickets.acquire(timeout=TIMEOUT)
        return self.predict(frame, scan)


@pytest.fixture
def gated(tmp_path):
    """A feed of 30 frames whose segmenter the test lets work, frame by frame."""
    source = open_source(write_drive(tmp_path, frames=30))
    gate = Gate(source)
    feed = DriveFeed(source, gate, class_map("default"), fill=False)
    yield feed, gate
    gate.tickets.release(10_000)
    feed.close()


def get(feed, position, who="me"):
    return decode(feed.request(who, position).result(TIMEOUT).data)


def summaries(feed):
    _, news = feed.news(0)
    return {} if news is None else {entry[0]: entry for entry in news["summaries"]}


@pytest.mark.parametrize("position", [0, 2, 1])
def test_the_frame_asked_for_comes(feed, position):
    read = get(feed, position)
    assert (read.facts["position"], read.facts["number"]) == (position, position)
    scan = feed.source.scan(feed.frames[position])
    assert read.facts["points"] == len(scan)


def test_a_frame_brings_its_scores_boxes_and_times(feed):
    facts = get(feed, 1).facts
    expected = evaluate(
        feed.source.with_frames(feed.frames[1:2]),
        lambda _, scan: segmenter(sensor=feed.source.sensor)(scan).labels,
        class_map("default"),
    ).confusion
    assert facts["iou"][1] == pytest.approx(float(expected.iou[1]), abs=1e-4)
    assert facts["mean"] == pytest.approx(expected.mean_iou, abs=1e-4)
    assert facts["boxes"] == [[1, "Car", 12.0, 0.0, -0.7, 2.4, 2.0, 1.8, 0.0]]
    assert {"read", "project", "network", "total"} <= facts["stages"].keys()
    assert sum(facts["counts"]) == facts["points"]


def test_found_objects_are_told_with_points_and_confidence(feed):
    read = get(feed, 0)
    (found,) = read.facts["found"]
    assert (found["number"], found["box"][:2]) == (1, [1, "Car"])
    assert found["points"] == (read.objects == 1).sum() > 200
    assert 0 < found["confidence"] <= 1


def test_two_runs_are_compared_frame_by_frame(feed, tmp_path):
    def nothing(frame, scan):
        made = feed._predict(frame, scan)
        return Segmented(replace(made.result, labels=np.zeros_like(made.result.labels), instances=None))

    both = DriveFeed(
        feed.source, feed._predict, class_map("default"), fill=False, compare_with=nothing, runs=("all", "none")
    )
    read = get(both, 0)
    assert both.describe()["runs"] == ["all", "none"]
    assert (read.compared == 0).all()
    assert (read.facts["agreement"], read.facts["other"]["found"]) == (0.0, [])
    assert read.facts["other"]["iou"][1] == 0 < read.facts["iou"][1]
    assert summaries(both)[0][6] == 0.0
    both.close()


def test_only_the_first_frame_is_said_to_contain_loading(feed):
    assert [get(feed, position).facts["first"] for position in (0, 1)] == [True, False]


@pytest.mark.parametrize("position", [-1, 3, 10**9])
def test_a_frame_that_is_not_there_is_refused(feed, position):
    with pytest.raises(InputError, match=f"frame {position}"):
        feed.request("me", position).result(TIMEOUT)


def test_a_broken_scan_is_told_and_the_next_one_works(feed):
    feed.frames[1].path.write_bytes(b"12345")
    with pytest.raises(InputError, match=r"0000000001\.bin"):
        feed.request("me", 1).result(TIMEOUT)
    assert get(feed, 2).facts["position"] == 2
    assert "0000000001.bin" in summaries(feed)[1][5]


def test_a_fault_of_the_program_ends_no_thread(tmp_path):
    source = open_source(write_drive(tmp_path))
    good = by_segmenter(segmenter(sensor=source.sensor))

    def predict(frame, scan):
        if frame.number == 1:
            raise ZeroDivisionError("oh")
        return good(frame, scan)

    feed = DriveFeed(source, predict, class_map("default"), fill=False)
    with pytest.raises(InputError, match="ZeroDivisionError"):
        feed.request("me", 1).result(TIMEOUT)
    assert get(feed, 0).facts["position"] == 0
    feed.close()


def test_without_calibration_there_is_a_notice_and_no_truth(feed):
    for file in feed.source.path.parent.glob("calib_*"):
        file.unlink()
    read = get(feed, 0)
    assert read.truth is None
    assert "calibration" in read.facts["notice"]


def test_a_newer_request_of_the_same_client_drops_the_older(gated):
    feed, gate = gated
    older = feed.request("me", 3)
    assert gate.came.acquire(timeout=TIMEOUT)
    newer = feed.request("me", 20)
    with pytest.raises(CancelledError):
        older.result(TIMEOUT)
    gate.tickets.release(2)
    assert newer.result(TIMEOUT).number == 20
    assert gate.asked[:2] == [3, 20]


def test_two_clients_who_want_the_same_frame_share_the_work(gated):
    feed, gate = gated
    first, second = feed.request("a", 5), feed.request("b", 5)
    gate.tickets.release(1)
    assert first.result(TIMEOUT).data is second.result(TIMEOUT).data
    assert gate.asked.count(5) == 1


@pytest.mark.parametrize(("position", "direction", "ahead"), [(10, 1, [11, 12, 13]), (10, -1, [9, 8, 7]), (29, 1, [])])
def test_the_next_frames_in_the_same_direction_are_made_ahead(gated, position, direction, ahead):
    feed, gate = gated
    wanted = feed.request("me", position, direction)
    gate.tickets.release(1 + len(ahead))
    wanted.result(TIMEOUT)
    for _ in range(1 + len(ahead)):
        assert gate.came.acquire(timeout=TIMEOUT)
    assert gate.asked[: 1 + len(ahead)] == [position, *ahead]


def test_a_long_drive_is_not_held_in_memory(tmp_path):
    source = open_source(write_drive(tmp_path, frames=40))
    gate = Gate(source, is_open=True)
    feed = DriveFeed(source, gate, class_map("default"), cache_bytes=400_000)
    size = len(feed.request("me", 0).result(TIMEOUT).data)
    for position in range(40):
        get(feed, position)
        assert feed.cache.size <= 400_000
    assert len(feed.cache) <= 400_000 // size < 40
    assert len(feed.summaries) == 40
    feed.close()


def test_while_somebody_watches_all_frames_get_their_entry(tmp_path):
    source = open_source(write_drive(tmp_path, frames=12))
    done = threading.Event()
    gate = Gate(source, is_open=True)
    feed = DriveFeed(source, gate, class_map("default"))
    get(feed, 4)
    for _ in range(600):
        if len(summaries(feed)) == 12:
            break
        done.wait(0.05)
    assert sorted(summaries(feed)) == list(range(12))
    assert sorted(gate.asked) == list(range(12))
    feed.close()


def test_when_nobody_watches_nothing_is_segmented(gated):
    feed, gate = gated
    gate.tickets.release(100)
    assert not gate.came.acquire(timeout=0.2)
    assert gate.asked == []
    assert feed.news(0) == (0, None)


def test_news_are_told_once(gated):
    """Frames that are made ahead are news too, so each is let through by itself."""
    feed, gate = gated
    told = []
    since = 0
    for position in (0, 1):
        wanted = feed.request("me", position)
        gate.tickets.release(1)
        wanted.result(TIMEOUT)
        since, news = feed.news(since)
        told.append([entry[0] for entry in news["summaries"]])
        assert feed.news(since) == (since, None)
    assert told == [[0], [1]]


def test_other_labels_replace_all_that_was_made(feed):
    get(feed, 0)
    before = feed.generation
    # Not by the feed's own segmenter, which its thread may be using.
    predict = by_segmenter(segmenter(sensor=feed.source.sensor))
    nothing = replace(predict(feed.frames[0], feed.source.scan(feed.frames[0])), found=())

    def all_cars(frame, scan):
        return replace(nothing, result=replace(nothing.result, labels=np.ones(len(scan), np.uint8)))

    feed.use(all_cars, {"network": "cars"})
    assert feed.generation == before + 1
    assert feed.describe()["about"] == {"network": "cars"}
    assert get(feed, 0).facts["counts"][1] == len(feed.source.scan(feed.frames[0]))


def test_closing_ends_the_thread_and_cancels_what_is_wanted(tmp_path):
    source = open_source(write_drive(tmp_path))
    gate = Gate(source)
    feed = DriveFeed(source, gate, class_map("default"))
    wanted = feed.request("me", 0)
    assert gate.came.acquire(timeout=TIMEOUT)
    gate.tickets.release(10)
    feed.close()
    assert not feed._making.thread.is_alive()
    assert wanted.cancelled() or wanted.done()
    assert feed.request("me", 1).cancelled()
