"""squeezeseg segment."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from helpers.drive import files, write_drive

from data.kitti.tracklets import read_tracklets
from projection import InputError

pytestmark = pytest.mark.usefixtures("reflectance")
LANES = pytest.mark.parametrize("lanes", [1, 2])


@pytest.fixture
def labelled(drive, tmp_path, cli):
    """A finished run of the drive."""
    run = tmp_path / "run"
    assert cli("segment", drive, "--out", run).status == 0
    return run


def scan_files(drive):
    return sorted((drive / "velodyne_points" / "data").glob("*.bin"))


def test_every_point_gets_a_label(drive, labelled):
    for scan in scan_files(drive):
        labels = np.fromfile(labelled / "labels" / f"{scan.stem}.label", "<u4")
        assert len(labels) == scan.stat().st_size // 16
        assert set((labels & 0xFFFF).tolist()) <= {0, 1}


def test_points_outside_the_front_view_are_255(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run", "--view", "front")
    points = np.fromfile(scan_files(drive)[0], "<f4").reshape(-1, 4)
    labels = np.fromfile(tmp_path / "run" / "labels" / "0000000000.label", "<u4")
    behind = points[:, 0] < 0
    assert np.all(labels[behind] == 255)
    assert np.any(labels[~behind] & 0xFFFF == 1)


def test_run_json_tells_how_the_labels_came_about(labelled):
    run = json.loads((labelled / "run.json").read_text())
    assert (run["status"], run["done"], run["failed"]) == ("complete", 3, 0)
    assert run["settings"]["weights"]["checksum"] == "0" * 64
    assert run["settings"]["sensor"]["name"] == "hdl64"
    assert run["settings"]["neighbours"] == 5
    assert [frame["name"] for frame in run["frames"]] == ["0000000000", "0000000001", "0000000002"]
    assert all(sum(frame["classes"].values()) == frame["points"] == 3300 for frame in run["frames"])
    assert sum(run["points"].values()) == 3 * 3300
    assert {"read", "project", "network", "crf", "objects", "back-project", "write", "total"} <= set(
        run["speed"]["stages_ms"]
    )
    assert run["speed"]["fps"] > 0
    assert {"fps_includes", "processor", "threads", "engine"} <= set(run["speed"])


def test_two_lanes_write_what_one_does(tmp_path, cli):
    drive = write_drive(tmp_path, frames=7)
    everything = ["--boxes", "--tracklets", "--format", "label", "--format", "npz", "--unknown-below", "0.9"]
    runs = {}
    for lanes in (1, 2):
        folder = tmp_path / f"run{lanes}"
        assert cli("segment", drive, "--out", folder, "--lanes", lanes, *everything).status == 0
        runs[lanes] = files(folder)
        made = json.loads(runs[lanes].pop("run.json"))
        assert made["speed"].pop("lanes") == lanes
        assert made["inference"].pop("lanes") == lanes
        del made["speed"]
        runs[lanes]["frames"] = made
    assert runs[1] == runs[2]
    assert len(runs[1]) == 3 * 7 + 2


def test_no_more_lanes_than_scans(drive, tmp_path, cli):
    assert cli("segment", drive, "--out", tmp_path / "run", "--frames", "0", "--lanes", "8").status == 0
    assert json.loads((tmp_path / "run" / "run.json").read_text())["speed"]["lanes"] == 1


@LANES
def test_a_folder_that_cannot_be_written_ends_the_run(drive, tmp_path, cli, monkeypatch, lanes):
    def full(*_):
        raise InputError("labels: cannot be written (No space left on device)")

    monkeypatch.setattr("apps.frame_files.write_scan", full)
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--lanes", lanes)
    assert (outcome.status, outcome.err) == (2, "error: labels: cannot be written (No space left on device)\n")


def test_json_is_the_whole_of_stdout_and_equals_run_json(drive, tmp_path, cli):
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--json")
    assert json.loads(outcome.out) == json.loads((tmp_path / "run" / "run.json").read_text())


def test_the_end_says_what_is_there_and_what_to_do_next(drive, tmp_path, cli):
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--frames", "0:2")
    assert "2 frames labelled" in outcome.out
    assert f"squeezeseg eval {drive} --frames 0:2 --predictions {tmp_path / 'run'}" in outcome.out


def test_times_of_first_scans_alone_are_told_as_such(drive, tmp_path, cli):
    assert "stage (ms), with loading" in cli("segment", drive, "--frames", "0", "--out", tmp_path / "one").out
    assert "with loading" not in cli("segment", drive, "--lanes", "1", "--out", tmp_path / "all").out


def test_a_run_goes_below_runs_unless_told_otherwise_and_a_second_one_beside_it(drive, tmp_path, cli, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").symlink_to(drive)
    names = {"mine": "mine-front", "mine/": "mine-front-2", "./mine/velodyne_points/data": "mine-front-3"}
    for typed, name in names.items():
        outcome = cli("segment", typed, "--view", "front", "--frames", "0")
        assert (tmp_path / "runs" / name / "run.json").is_file()
        assert ("holds an earlier run" in outcome.err) == (typed != "mine")
        assert f"written to runs/{name}\n" in outcome.out


def test_resume_without_a_folder_goes_on_with_the_last(drive, tmp_path, cli, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for frames in ("0", "1", "2"):
        cli("segment", drive, "--frames", frames)
    outcome = cli("segment", drive, "--frames", "1:", "--resume")
    last = tmp_path / "runs" / f"{drive.name}-full-3"
    assert "earlier run" not in outcome.err
    assert sorted(file.stem for file in (last / "labels").iterdir()) == ["0000000001", "0000000002"]
    assert "nothing to do: runs/" in cli("segment", drive, "--frames", "2", "--resume").err


@pytest.mark.parametrize(
    ("options", "frames"),
    [
        (["--frames", "1:"], [1, 2]),
        (["--frames", "1"], [1]),
        (["--every", "2"], [0, 2]),
        (["--split", "split.txt"], [2]),
    ],
)
def test_selected_frames_only(drive, tmp_path, cli, monkeypatch, options, frames):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "split.txt").write_text("2011_09_26_0009_0000000002\n2011_09_26_0001_0000000000\n")
    assert cli("segment", drive, "--out", tmp_path / "run", *options).status == 0
    assert sorted(int(file.stem) for file in (tmp_path / "run" / "labels").iterdir()) == frames


def test_other_formats_hold_the_same_labels(drive, tmp_path, cli):
    run = tmp_path / "run"
    cli("segment", drive, "--out", run, "--frames", "0", "--format", ".label", "--format", "npz", "--format", ".ply")
    labels = np.fromfile(run / "labels" / "0000000000.label", "<u4")
    with np.load(run / "clouds" / "0000000000.npz") as archive:
        np.testing.assert_array_equal(archive["labels"], labels & 0xFFFF)
        np.testing.assert_array_equal(archive["instances"], labels >> 16)
    assert (run / "clouds" / "0000000000.ply").read_bytes().startswith(b"ply\n")


def test_objects_have_numbers_and_boxes(drive, tmp_path, cli):
    run = tmp_path / "run"
    assert cli("segment", drive, "--out", run, "--view", "front", "--boxes", "--tracklets").status == 0
    words = np.fromfile(run / "labels" / "0000000001.label", "<u4")
    lines = [json.loads(line) for line in (run / "boxes" / "0000000001.jsonl").read_text().splitlines()]
    assert {line["instance"] for line in lines} == set((words >> 16).tolist()) - {0}
    assert {(line["frame"], line["class"], line["kind"]) for line in lines} == {(1, "car", "Car")}
    assert set((words[words >> 16 > 0] & 0xFFFF).tolist()) == {1}
    made = json.loads((run / "run.json").read_text())
    assert made["frames"][1]["objects"]["car"] == len(lines) > 0
    tracklets = read_tracklets(run / "tracklet_labels.xml")
    assert sum(tracklet.first_frame == 1 for tracklet in tracklets) == len(lines)
    assert sum(tracklet.first_frame <= 2 for tracklet in tracklets) == made["objects"]["car"]
    # The middle in our files, that of the bottom face in KITTI's.
    poses = [tracklet.poses[0, 2] + tracklet.size[2] / 2 for tracklet in tracklets if tracklet.first_frame == 1]
    assert poses == pytest.approx([line["centre"][2] for line in lines])


def test_no_objects_leaves_the_labels_of_pixels(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run", "--no-objects")
    words = np.fromfile(tmp_path / "run" / "labels" / "0000000000.label", "<u4")
    assert set(words.tolist()) == {0, 1}


def test_several_files_are_one_run(drive, tmp_path, cli, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = sorted((drive / "velodyne_points" / "data").glob("*.bin"))[:2]
    assert cli("segment", *files).status == 0
    made = sorted(file.stem for file in tmp_path.glob("runs/data-full/labels/*.label"))
    assert made == [file.stem for file in files]


def test_boxes_need_objects(drive, tmp_path, cli):
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--no-objects", "--boxes")
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert "--no-objects" in outcome.err
    assert not (tmp_path / "run").exists()


def test_what_is_unknown_is_counted_apart(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run", "--view", "front", "--unknown-below", "0.999", "--format", "npz")
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["points"]["unknown"] > 0
    assert run["points"]["unlabelled"] > 0
    with np.load(tmp_path / "run" / "clouds" / "0000000000.npz") as archive:
        unknown = (archive["labels"] == 255) & (archive["confidence"] > 0)
        assert unknown.sum() == run["frames"][0]["classes"]["unknown"]
        assert (archive["confidence"][unknown] < 0.999).all()
        assert (archive["confidence"][archive["labels"] < 255] >= 0.999).all()


@pytest.mark.parametrize("value", ["-0.1", "1.5"])
def test_an_impossible_probability_is_refused(drive, tmp_path, cli, value):
    outcome = cli("segment", drive, "--out", tmp_path / "run", f"--unknown-below={value}")
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)


@LANES
def test_a_bad_scan_is_reported_and_skipped(drive, tmp_path, cli, lanes):
    bad = scan_files(drive)[1]
    bad.write_bytes(bad.read_bytes()[:-3])
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--lanes", lanes)
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert outcome.status == 0
    assert outcome.err.startswith(f"warning: {bad}: ")
    assert (run["done"], run["failed"]) == (2, 1)
    assert run["frames"][1]["status"] == "failed"
    assert str(bad) in run["frames"][1]["reason"]
    assert "1 could not be read" in outcome.out


@LANES
def test_strict_stops_at_a_bad_scan_and_keeps_what_is_done(drive, tmp_path, cli, lanes):
    bad = scan_files(drive)[1]
    bad.write_bytes(b"123")
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--strict", "--lanes", lanes)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert str(bad) in outcome.err
    assert [file.name for file in (tmp_path / "run" / "labels").iterdir()] == ["0000000000.label"]


def test_no_readable_scan_at_all_is_bad_input(drive, tmp_path, cli):
    for scan in scan_files(drive):
        scan.write_bytes(b"123")
    outcome = cli("segment", drive, "--out", tmp_path / "run")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].startswith(f"error: {drive}: none of its 3 scans can be read")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["failed"] == 3


def test_an_empty_scan_gets_no_label_file(tmp_path, cli):
    (tmp_path / "empty.bin").touch()
    outcome = cli("segment", tmp_path / "empty.bin", "--out", tmp_path / "run")
    assert outcome.status == 2
    assert "empty.bin: no points in it" in outcome.err
    assert not list((tmp_path / "run").rglob("*.label"))


def test_own_sensor_and_height(drive, tmp_path, cli):
    (tmp_path / "mine.yaml").write_text("beams: {count: 16, top: 2, bottom: -24}\nheight: 1.2\n")
    cli("segment", drive, "--out", tmp_path / "run", "--sensor", tmp_path / "mine.yaml", "--height", "2.5")
    sensor = json.loads((tmp_path / "run" / "run.json").read_text())["settings"]["sensor"]
    assert (sensor["name"], len(sensor["elevations"]), sensor["height"]) == ("mine", 16, 2.5)


def test_pictures_of_some_frames(drive, tmp_path, cli):
    cli("segment", drive, "--out", tmp_path / "run", "--view", "front", "--pictures", "1")
    pictures = sorted(file.name for file in (tmp_path / "run" / "pictures").iterdir())
    assert pictures == ["0000000000_above.png", "0000000000_range.png"]


def test_scans_of_another_sensor_are_told_once(drive, tmp_path, cli):
    for file in scan_files(drive):
        points = np.fromfile(file, "<f4").reshape(-1, 4)
        np.random.default_rng(0).permutation(points).tofile(file)
    outcome = cli("segment", drive, "--out", tmp_path / "run")
    assert outcome.status == 0
    assert re.match("warning: scan 000000000[012] is neither stored beam after beam", outcome.err)
    assert outcome.err.count("\n") == 1
