"""Tracks as single scans show them: of a recording in any order, and of a stream without end."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.results import segmentation
from helpers.sightings import pose, sighting

from data.labels import CAR
from data.scan import Scan
from squeezeseg.objects.boxes import Detection
from squeezeseg.tracking import Tracker
from squeezeseg.tracking.followed import TRAIL, FollowedFrames
from squeezeseg.tracking.follower import Follower
from squeezeseg.tracking.kinds import FEWEST

POSES = [pose(x=1.5 * k, yaw=0.02 * k) for k in range(30)]


def seen_from(one, x, y):
    """A parked car at a place in the world, as a sensor at a pose sees it."""
    x, y, _, _ = np.linalg.inv(one) @ (x, y, 0, 1)
    return sighting(x, y, yaw=-np.arctan2(one[1, 0], one[0, 0]))


def followed(poses=POSES, known=True):
    """A parked car, and one that drives ahead: what each scan shows, and the tracks."""
    tracker, shown = Tracker(), []
    for k, one in enumerate(poses):
        tracker.step(k, 0.1 * k, one if known else None, [seen_from(one, 60, 6), seen_from(one, 10 + 2 * k, 0)])
        shown.append(tracker.followed())
    return shown, tracker.tracks()


def test_a_trail_lies_where_the_object_was_in_the_world():
    shown, _ = followed()
    parked, driving = shown[-1]
    assert len(parked.trail) == len(driving.trail) == TRAIL
    assert parked.trail[-1] == pytest.approx(parked.box.bottom)
    assert np.ptp(parked.trail[:, :2], axis=0).max() < 0.1
    world = driving.trail @ POSES[-1][:3, :3].T + POSES[-1][:3, 3]
    assert np.diff(world[:, 0]) == pytest.approx(2, abs=0.2)
    assert (parked.moving, driving.moving) == (False, True)
    assert (parked.title, driving.title) == ("car 1", "car 2 72 km/h")


def test_speed_and_motion_are_told_once_they_are_known():
    shown, _ = followed()
    assert [(one.confirmed, one.speed, one.moving, one.title) for one in shown[0]] == [
        (False, None, None, "car 1?"),
        (False, None, None, "car 2?"),
    ]
    assert [one.speed is None for one, _ in shown[: FEWEST + 1]] == [True] * (FEWEST - 1) + [False] * 2


def test_a_recording_shows_in_any_order_what_it_showed_on_the_way():
    shown, tracks = followed()
    frames = FollowedFrames(tracks, lambda number: POSES[number])
    for number in (29, 3, 17):
        for now, then in zip(frames[number], shown[number], strict=True):
            assert (now.number, now.seen, now.speed) == (then.number, then.seen, then.speed)
            assert now.box.bottom == pytest.approx(then.box.bottom)
            # The earlier places are in sensors' frames there, which are turned about z alone.
            assert now.trail == pytest.approx(then.trail, abs=1e-6)
    assert frames[99] == ()


def test_without_poses_trails_are_relative_to_the_sensor():
    shown, tracks = followed(known=False)
    frames = FollowedFrames(tracks, lambda _: None)
    for one in (shown[-1][0], frames[29][0]):
        assert one.moving is None
        assert np.diff(one.trail[:, 0]).mean() < -1


def scan_of(frame, x, stamp=None):
    """A scan of one point of one object, and what the network says."""
    points = np.array([[x, 5, 0, 0]], np.float32)
    result = segmentation(np.full(1, CAR, np.uint8), np.ones(1, np.float32), np.array([7], np.uint16))
    box = sighting(x, 5).box
    return Scan(points, frame, stamp=stamp), result, [Detection(box, 7, CAR, 0.9, 1)]


@pytest.mark.parametrize(
    ("times", "numbers"),
    [
        ([(0, None), (1, None), (5, None)], [1, 1, 1]),  # frames that were dropped
        ([(0, 7.0), (1, 7.1), (2, 7.9)], [1, 1, 1]),
        ([(0, 7.0), (1, 7.1), (2, 8.3)], [1, 1, 2]),  # a gap
        ([(0, 7.0), (1, 7.1), (0, 7.0), (1, 7.1)], [1, 1, 2, 2]),  # played again
        ([(0, None), (1, None), (0, None)], [1, 1, 2]),
        ([(0, 7.0), (1, 6.0), (2, 6.1)], [1, 2, 2]),  # a clock that was set
    ],
)
def test_a_gap_or_another_round_begins_new_tracks(times, numbers):
    follower, found = Follower(), []
    for frame, stamp in times:
        result, objects, shown = follower.step(*scan_of(frame, 10, stamp))
        assert [one.instance for one in objects] == [shown[0].number] == result.instances.tolist()
        found.append(shown[0].number)
    assert found == numbers


def test_a_stream_without_end_keeps_nothing():
    tracker = Tracker()
    for k in range(400):
        away = 30 if k % 20 else 300  # a passer-by in each 20th scan
        tracker.step(k, 0.1 * k, np.eye(4), [sighting(10, 5), sighting(away, -20)])
        tracker.forget()
    assert len(tracker.tracks()) < 6
    assert max(len(one.boxes) for one in tracker.tracks()) < 15
    assert tracker.followed()[0].number == 1


@pytest.mark.parametrize(("still", "said", "moving"), [(False, 1, None), (True, 0, False)])
def test_a_motion_that_nobody_knows_is_told_once(still, said, moving, caplog):
    follower = Follower(still=still)
    for frame in range(FEWEST + 1):
        _, _, (car,) = follower.step(*scan_of(frame, 10))
    assert (len(caplog.records), car.moving) == (said, moving)


def test_objects_that_were_not_told_apart_are_not_followed():
    scan, result, _ = scan_of(0, 10)
    bare = segmentation(result.labels)
    assert Follower().step(scan, bare, []) == (bare, (), ())
