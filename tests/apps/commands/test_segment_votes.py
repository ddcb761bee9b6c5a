"""segment --track: an object's points have the class of its whole track."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from helpers.drive import files, write_drive

from apps.run_folder import RunFolder, read_run
from apps.run_votes import write_votes
from data.formats import read_points
from data.labels import CAR, CYCLIST
from data.sources import open_source
from squeezeseg.tracking.track_file import read_tracks

pytestmark = pytest.mark.usefixtures("reflectance")


def vote(run, drive, tracks):
    settings = read_run(run)["settings"]
    with RunFolder(run, settings, settings["formats"], resume=True) as folder:
        changed = write_votes(folder, open_source(drive), tracks)
        folder.save()
    return changed


def test_all_files_of_a_frame_have_the_class_of_the_track_and_take_it_back(tmp_path, cli):
    drive, run = write_drive(tmp_path, frames=2), tmp_path / "run"
    formats = [word for suffix in (".label", ".npz", ".ply") for word in ("--format", suffix)]
    given = ("segment", drive, "--out", run, "--track", "--boxes", "--view", "front", *formats)
    assert cli(*given).status == 0
    before = files(run)
    tracks = read_tracks(run / "tracks.jsonl")
    car = max((one for one in tracks if one.class_id == CAR), key=lambda one: one.sightings)
    assert vote(run, drive, tracks) == 0
    assert vote(run, drive, [replace(car, class_id=CYCLIST)]) == 2
    points = {}
    for frame in ("0000000000", "0000000001"):
        words = np.fromfile(run / "labels" / f"{frame}.label", "<u4")
        own = words >> 16 == car.number
        assert set(words[own] & 0xFFFF) == {CYCLIST}
        points[frame] = int(own.sum())
        for suffix in ("npz", "ply"):
            found = read_points(run / "clouds" / f"{frame}.{suffix}").labelled
            assert np.array_equal(found.labels, words & 0xFFFF)
        boxes = [json.loads(line) for line in (run / "boxes" / f"{frame}.jsonl").read_text().splitlines()]
        assert {box["kind"] for box in boxes if box["instance"] == car.number} <= {"Cyclist"}
    assert {one["name"]: one["classes"]["cyclist"] for one in read_run(run)["frames"]} == points
    assert cli(*given, "--resume").status == 0
    after = files(run)
    assert {name for name in before if before[name] != after[name]} <= {"run.json"}
