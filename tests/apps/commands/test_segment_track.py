"""segment --track: objects whose numbers last."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.drive import files, write_drive

from data.kitti.tracklets import read_tracklets

pytestmark = pytest.mark.usefixtures("reflectance")
FOLLOWED = ("--track", "--tracklets", "--boxes", "--view", "front")


@pytest.fixture
def tracked(tmp_path, cli):
    """A run of a drive of seven frames."""
    run = tmp_path / "run"
    drive = write_drive(tmp_path, frames=7)
    assert cli("segment", drive, "--out", run, *FOLLOWED).status == 0
    return drive, run


def without_speed(run):
    found = files(run)
    made = json.loads(found.pop("run.json"))
    for key in ("speed", "inference"):
        made.pop(key)
    return found, made


def tracks_of(run):
    return [json.loads(line) for line in (run / "tracks.jsonl").read_text().splitlines()]


def test_a_car_has_one_number_in_all_labels_boxes_and_tracks(tracked):
    _, run = tracked
    car = max(tracks_of(run), key=lambda one: one["sightings"])
    assert (car["class"], car["first_frame"], car["last_frame"], car["sightings"]) == ("car", 0, 6, 7)
    assert (car["confirmed"], car["moving"]) == (True, None)
    for frame in range(7):
        words = np.fromfile(run / "labels" / f"{frame:010d}.label", "<u4")
        points = np.fromfile(tracked[0] / "velodyne_points" / "data" / f"{frame:010d}.bin", "<f4").reshape(-1, 4)
        own = points[words >> 16 == car["instance"], :2]
        assert len(own) > 100
        assert np.abs(own.mean(0) - (12, 0)).max() < 0.5
        boxes = [json.loads(line) for line in (run / "boxes" / f"{frame:010d}.jsonl").read_text().splitlines()]
        assert car["instance"] in {box["instance"] for box in boxes}


def test_tracklets_are_the_tracks(tracked):
    _, run = tracked
    sure = [one for one in tracks_of(run) if one["confirmed"]]
    tracklets = read_tracklets(run / "tracklet_labels.xml")
    assert [(one.first_frame, len(one.poses)) for one in tracklets] == [
        (one["first_frame"], len(one["boxes"])) for one in sure
    ]
    middle = tracklets[0].poses[:, 2] + tracklets[0].size[2] / 2
    assert middle == pytest.approx([box["centre"][2] for box in sure[0]["boxes"]], abs=1e-3)


def test_lanes_do_not_change_numbers(tracked, tmp_path, cli):
    drive, run = tracked
    other = tmp_path / "other"
    assert cli("segment", drive, "--out", other, *FOLLOWED, "--lanes", "2").status == 0
    assert without_speed(other) == without_speed(run)


@pytest.mark.parametrize("lost", ["labels/0000000003.label", "tracks/0000000004.json", "boxes/0000000006.jsonl"])
def test_a_run_that_goes_on_gives_the_same_numbers(tracked, tmp_path, cli, lost):
    drive, run = tracked
    before = without_speed(run)
    (run / lost).unlink()
    (run / "tracks.jsonl").unlink()
    assert cli("segment", drive, "--out", run, *FOLLOWED, "--resume").status == 0
    assert without_speed(run) == before


def test_damaged_sightings_are_told(tracked, cli):
    drive, run = tracked
    whole = (run / "tracks" / "0000000001.json").read_bytes()
    (run / "tracks" / "0000000001.json").write_bytes(b"x" * len(whole))
    (run / "labels" / "0000000005.label").unlink()
    outcome = cli("segment", drive, "--out", run, *FOLLOWED, "--resume")
    assert outcome.status == 2
    assert "0000000001.json: no sightings of a run" in outcome.err.splitlines()[-1]


def test_it_is_told_that_nobody_knows_how_the_sensor_moves(drive, tmp_path, cli):
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--track")
    assert outcome.err.count("no file tells how the sensor moves") == 1


def test_tracks_of_a_sensor_whose_way_is_known(tmp_path, cli):
    drive, run = write_drive(tmp_path, frames=7), tmp_path / "run"
    oxts = drive / "oxts" / "data"
    oxts.mkdir(parents=True)
    for number in range(7):
        (oxts / f"{number:010d}.txt").write_text(" ".join(["49.0", "8.0", "100"] + ["0"] * 27))
    outcome = cli("segment", drive, "--out", run, "--track", "--json")
    assert "sensor moves" not in outcome.err
    car = max(tracks_of(run), key=lambda one: one["sightings"])
    assert car["moving"] is False
    summary = json.loads(outcome.out)["tracks"]["car"]
    assert summary == {"tracks": sum(one["confirmed"] for one in tracks_of(run)), "moving": 0}


@pytest.mark.parametrize("more", [("--ray", "local"), ("--no-objects",)])
def test_what_does_not_go_with_it_is_refused(drive, tmp_path, cli, more):
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--track", *more)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert not (tmp_path / "run").exists()
