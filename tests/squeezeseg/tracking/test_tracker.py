"""Objects followed from scan to scan."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.sightings import pose, sighting

from data.labels import CAR, CYCLIST, PEDESTRIAN
from squeezeseg.tracking import Tracker
from squeezeseg.tracking.tracks import LARGEST_NUMBER, label_number


def follow(scans, poses=None):
    """The numbers of each scan's sightings, and all tracks. Scans are a tenth of a second apart."""
    tracker = Tracker()
    numbers = [tracker.step(k, 0.1 * k, np.eye(4) if poses is None else poses[k], scan) for k, scan in enumerate(scans)]
    return numbers, tracker.tracks()


def test_objects_that_drive_keep_their_numbers_whatever_their_order():
    scans = [[sighting(10 + k, 5), sighting(40 - k, -5)] for k in range(10)]
    scans[1::2] = [scan[::-1] for scan in scans[1::2]]
    numbers, tracks = follow(scans)
    assert numbers == [(1, 2), (2, 1)] * 5
    assert [track.number for track in tracks] == [1, 2]
    assert all(track.confirmed and track.moving for track in tracks)
    assert tracks[0].boxes[-1].speed == pytest.approx(10, rel=0.1)


def test_what_stands_beside_a_driving_sensor_is_parked():
    poses = [pose(x=1.5 * k, yaw=0.02 * k) for k in range(12)]
    scans = []
    for one in poses:
        x, y, _, _ = np.linalg.inv(one) @ (30, 6, 0, 1)
        scans.append([sighting(x, y, yaw=-math.atan2(one[1, 0], one[0, 0]))])
    numbers, (track,) = follow(scans, poses)
    assert set(numbers) == {(1,)}
    assert track.moving is False
    assert track.speed < 0.2
    assert track.boxes[-1].box.centre[:2] == pytest.approx(scans[-1][0].box.centre[:2], abs=0.05)


def test_without_poses_nobody_says_what_moves():
    assert Tracker().tracks() == []
    _, (track,) = follow([[sighting(10 + k, 5)] for k in range(10)], poses=[None] * 10)
    assert track.moving is None


@pytest.mark.parametrize(("hidden", "numbers"), [(5, {1}), (15, {1, 2})])
def test_a_second_out_of_sight_is_bridged(hidden, numbers):
    scans = [[sighting(10 + 0.5 * k, 5)] for k in range(10 + hidden + 5)]
    scans[10 : 10 + hidden] = [[]] * hidden
    found, tracks = follow(scans)
    assert {number for one in found for number in one} == numbers
    bridged = [one for track in tracks for one in track.boxes if not one.seen]
    assert len(bridged) == (hidden if len(numbers) == 1 else 0)


def test_what_one_scan_shows_is_not_confirmed():
    _, tracks = follow([[sighting(10, 5)], [], [], [], [sighting(10, 5)]])
    assert [(track.number, track.confirmed, len(track.boxes)) for track in tracks] == [(1, False, 1), (2, False, 1)]


def test_a_cyclist_that_is_taken_for_a_pedestrian_for_a_while_stays_one():
    classes = [CYCLIST, CYCLIST, PEDESTRIAN, CYCLIST, PEDESTRIAN, CYCLIST]
    numbers, (track,) = follow([[sighting(10 + 0.4 * k, 5, one)] for k, one in enumerate(classes)])
    assert set(numbers) == {(1,)}
    assert (track.class_id, track.confidence) == (CYCLIST, pytest.approx(0.9 * 4 / 6))
    assert {one.box.kind for one in track.boxes} == {"Cyclist"}


def test_a_person_does_not_become_a_car():
    numbers, _ = follow([[sighting(10, 5, PEDESTRIAN)], [sighting(10, 5, CAR)]])
    assert numbers == [(1,), (2,)]


def test_people_who_meet_keep_their_numbers():
    scans = [[sighting(10 + 0.14 * k, 0.0, PEDESTRIAN), sighting(14 - 0.14 * k, 0.8, PEDESTRIAN)] for k in range(30)]
    assert set(follow(scans)[0]) == {(1, 2)}


def test_half_turns_of_a_box_do_not_turn_the_car():
    scans = [[sighting(10 + k, 5, yaw=math.pi * (k % 2))] for k in range(12)]
    _, (track,) = follow(scans)
    assert track.boxes[-1].box.yaw == pytest.approx(0, abs=1e-6)


def test_the_same_scans_give_the_same_tracks():
    random = np.random.default_rng(0)
    scans = [[sighting(*random.uniform(-30, 30, 2), instance=k) for k in range(8)] for _ in range(20)]
    assert follow(scans) == follow(scans)


def test_tracklets_are_parted_where_frames_are_left_out():
    tracker = Tracker()
    for frame in (0, 1, 4, 5):
        tracker.step(frame, 0.1 * frame, np.eye(4), [sighting(10, 5)])
    (track,) = tracker.tracks()
    assert [(one.first_frame, len(one.poses)) for one in track.as_tracklets()] == [(0, 2), (4, 2)]


@pytest.mark.parametrize(("number", "label"), [(1, 1), (LARGEST_NUMBER, LARGEST_NUMBER), (LARGEST_NUMBER + 1, 1)])
def test_numbers_of_labels_begin_again(number, label):
    assert label_number(number) == label


def test_another_recording_has_tracks_of_its_own():
    tracker = Tracker()
    numbers = []
    for recording in ("a", "b"):
        tracker.begin(recording)
        numbers += [tracker.step(k, 0.1 * k, np.eye(4), [sighting(10, 5)]) for k in range(2)]
    assert numbers == [(1,), (1,), (2,), (2,)]
    assert [(one.number, one.recording, len(one.boxes)) for one in tracker.tracks()] == [(1, "a", 2), (2, "b", 2)]
