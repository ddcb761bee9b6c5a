"""eval --tracks: a run's tracks scored."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.drive import write_drive

from data.boxes import Box
from data.kitti.tracklets import Tracklet, write_tracklets
from data.labels import CAR
from squeezeseg.tracking.track_file import write_tracks
from squeezeseg.tracking.tracks import Track, TrackedBox


def track(number, frames, x=12.0, recording=""):
    boxes = (TrackedBox(k, Box("Car", (x, 0.0, -0.7), (2.4, 2.0, 1.8), 0.0, number), True, 0.0) for k in frames)
    return Track(number, CAR, 0.9, tuple(boxes), False, recording)


def scores(cli, drive, run, *more):
    outcome = cli("eval", drive, "--tracks", "--predictions", run, "--json", *more)
    assert outcome.status == 0, outcome.err
    return json.loads(outcome.out)


def test_tracks_of_a_file(cli, tmp_path):
    drive, file = write_drive(tmp_path, frames=4), tmp_path / "tracks.jsonl"
    # One changes its number; another stands where nothing is, a third behind the camera, a fourth is not confirmed.
    write_tracks(
        file,
        [
            track(1, range(2)),
            track(2, range(2, 4)),
            track(3, range(2), x=20),
            track(4, range(2), x=-9),
            track(5, [0], 25),
        ],
    )
    result = scores(cli, drive, file)
    car = result["tracks"]["car"]
    assert {key: car[key] for key in ("true_tracks", "true_boxes", "matched", "missed", "false", "switches")} == {
        "true_tracks": 1, "true_boxes": 4, "matched": 4, "missed": 0, "false": 2, "switches": 1,
    }  # fmt: skip
    assert car["motp"] == pytest.approx(0, abs=1e-6)
    assert car["mota"] == pytest.approx(1 - 3 / 4)
    assert (result["frames"], result["failed"], result["tracks"]["cyclist"]["hota"]) == (4, [], None)


def test_tracklets_are_tracks_too(cli, tmp_path):
    drive = write_drive(tmp_path, frames=3)
    write_tracklets(
        tmp_path / "tracklet_labels.xml", [Tracklet("Car", (2.4, 2.0, 1.8), 0, np.tile([12.0, 0, -1.6, 0], (3, 1)))]
    )
    assert scores(cli, drive, tmp_path / "tracklet_labels.xml")["tracks"]["car"]["hota"] == 1


def test_drives_have_tracks_of_their_own(cli, tmp_path):
    for name in "ab":
        write_drive(tmp_path / name, frames=2)
    both = [tmp_path / name / "2011_09_26" / "2011_09_26_drive_0009_sync" for name in "ab"]
    both[1] = both[1].rename(both[1].with_name("2011_09_26_drive_0010_sync"))
    names = [f"2011_09_26_drive_00{k}" for k in ("09", "10")]
    write_tracks(tmp_path / "tracks.jsonl", [track(k + 1, range(2), recording=name) for k, name in enumerate(names)])
    outcome = cli("eval", *both, "--tracks", "--predictions", tmp_path / "tracks.jsonl", "--json")
    car = json.loads(outcome.out)["tracks"]["car"]
    assert (car["true_tracks"], car["hota"], car["idf1"]) == (2, 1, 1)


@pytest.mark.usefixtures("reflectance")
def test_a_run_is_scored_and_told_as_tables(cli, tmp_path):
    drive, run = write_drive(tmp_path, frames=4), tmp_path / "run"
    assert cli("segment", drive, "--out", run, "--track", "--view", "front").status == 0
    outcome = cli("eval", drive, "--tracks", "--predictions", run, "--out", tmp_path / "scores.json")
    assert outcome.status == 0
    assert "HOTA" in outcome.out
    car = json.loads((tmp_path / "scores.json").read_text())["tracks"]["car"]
    assert (car["true_boxes"], car["matched"], car["switches"]) == (4, 4, 0)
    lacking = cli("segment", drive, "--out", tmp_path / "half", "--track", "--view", "front", "--frames", "0:2")
    assert lacking.status == 0
    outcome = cli("eval", drive, "--tracks", "--predictions", tmp_path / "half")
    assert (outcome.status, "no tracks in frame 0000000002" in outcome.err) == (2, True)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ((), "give --predictions RUN"),
        (("--predictions", "."), "no tracks.jsonl"),
        (("--predictions", ".", "--html", "a.html"), "not with --tracks"),
    ],
)
def test_what_can_not_be_scored_is_told_in_a_line(cli, drive, tmp_path, monkeypatch, more, word):
    monkeypatch.chdir(tmp_path)
    outcome = cli("eval", drive, "--tracks", *more)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert word in outcome.err
