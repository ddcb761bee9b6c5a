"""segment --static-only: scans for maps."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.drive import files, write_drive

pytestmark = pytest.mark.usefixtures("reflectance")


def standing(drive, frames):
    """Let a drive know how its sensor moves: not at all."""
    oxts = drive / "oxts" / "data"
    oxts.mkdir(parents=True)
    for number in range(frames):
        (oxts / f"{number:010d}.txt").write_text(" ".join(["49.0", "8.0", "100"] + ["0"] * 27))


def scan(drive, number):
    return np.fromfile(drive / "velodyne_points" / "data" / f"{number:010d}.bin", "<f4").reshape(-1, 4)


def test_all_that_could_move_is_left_out(tmp_path, cli):
    drive, run = write_drive(tmp_path, frames=2), tmp_path / "run"
    outcome = cli("segment", drive, "--out", run, "--static-only", "all", "--view", "front", "--json")
    assert outcome.status == 0, outcome.err
    kept = 0
    for number in range(2):
        labels = np.fromfile(run / "labels" / f"{number:010d}.label", "<u4") & 0xFFFF
        left = scan(drive, number)[(labels == 0) | (labels == 255)]
        assert 0 < len(left) < len(labels)
        assert (run / "static" / f"{number:010d}.bin").read_bytes() == left.tobytes()
        kept += len(left)
    assert json.loads(outcome.out)["static"] == {"dropped": "all", "points": 6600, "kept": kept}


def test_a_parked_car_stays_and_what_goes_on_gives_the_same(tmp_path, cli):
    drive, run = write_drive(tmp_path, frames=6), tmp_path / "run"
    standing(drive, 6)
    given = ("segment", drive, "--out", run, "--static-only", "moving", "--view", "front")
    assert cli(*given).status == 0
    tracks = [json.loads(line) for line in (run / "tracks.jsonl").read_text().splitlines()]
    assert max(tracks, key=lambda one: one["sightings"])["moving"] is False
    before = files(run / "static")
    left = np.frombuffer(before["0000000003.bin"], "<f4").reshape(-1, 4)
    assert np.count_nonzero(np.abs(left[:, :2] - (12, 0)).max(1) < 1) > 100
    (run / "static" / "0000000003.bin").unlink()
    (run / "labels" / "0000000004.label").unlink()
    assert cli(*given, "--resume").status == 0
    assert files(run / "static") == before


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (("moving",), "nobody knows what else does"),
        (("all", "--format", ".ply"), "add --format .label"),
        (("moving", "--ray", "local"), "nobody knows"),
    ],
)
def test_what_can_not_be_done_is_told_before_the_work(drive, tmp_path, cli, more, word):
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--static-only", *more)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert word in outcome.err
    assert not (tmp_path / "run").exists()


def test_drives_of_a_folder(tmp_path, cli):
    drives = [write_drive(tmp_path / name, frames=1) for name in "ab"]
    drives[1] = drives[1].rename(drives[1].with_name("2011_09_26_drive_0010_sync"))
    outcome = cli("segment", *drives, "--out", tmp_path / "run", "--static-only", "all", "--view", "front")
    assert outcome.status == 0, outcome.err
    names = [f"2011_09_26_drive_{drive}_0000000000.bin" for drive in ("0009", "0010")]
    assert sorted(files(tmp_path / "run" / "static")) == names
