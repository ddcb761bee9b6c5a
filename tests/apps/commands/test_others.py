"""squeezeseg simulate, doctor and demo."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.drive import files, write_drive

from apps.options import SHOWN_SEED
from data.boxes import label_points
from data.labels import class_map
from data.simulator import Drive
from data.sources import open_source
from squeezeseg.inference import network_choice
from squeezeseg.inference.network_choice import NetworkChoice


def test_simulate_makes_a_drive_and_says_what_next(tmp_path, cli):
    outcome = cli("simulate", tmp_path / "made", "--frames", "1", "--seed", "3")
    assert outcome.status == 0
    assert "1 frame with" in outcome.out
    drive = tmp_path / "made" / "2011_09_26" / "2011_09_26_drive_0003_sync"
    assert f"squeezeseg eval {drive}" in outcome.out
    assert len(list((drive / "velodyne_points" / "data").iterdir())) == 1
    assert cli("doctor", drive).status == 0


def test_simulate_json(tmp_path, cli):
    result = json.loads(cli("simulate", tmp_path, "--frames", "1", "--json").out)
    assert (result["frames"], result["seed"]) == (1, SHOWN_SEED)
    assert all(count > 0 for count in result["objects"].values())


def test_simulate_takes_pictures(tmp_path, cli):
    result = json.loads(cli("simulate", tmp_path, "--frames", "1", "--camera", "--json").out)
    assert result["pictures"] == str(tmp_path / "training")
    assert result["objects"]["Car"] > 0
    assert (tmp_path / "training" / "image_2" / "000000.png").is_file()
    assert "--camera makes pictures" in cli("simulate", tmp_path, "--camera", "--report").err


def test_simulate_drives_of_several_sensors(tmp_path, cli):
    sensors = ("--sensor", "vlp16", "--sensor", "hdl32")
    told = json.loads(cli("simulate", tmp_path, "--frames", "1", *sensors, "--json").out)
    assert [(one["sensor"], one["frames"]) for one in told["drives"]] == [("vlp16", 1), ("hdl32", 1)]
    assert [open_source(Path(one["drive"])).base_sensor.beams for one in told["drives"]] == [16, 32]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--sensor", "vlp16", "--sensor", "vlp16"), "two of one name"),
        (("--sensor", "vlp16", "--sensor", "hdl32", "--report"), "one sensor"),
        (("--sensor", "vlp17"), "vlp16"),
    ],
)
def test_sensors_that_can_not_be_simulated(tmp_path, cli, options, why):
    outcome = cli("simulate", tmp_path / "made", "--frames", "1", *options)
    assert outcome.status != 0
    assert why in outcome.err
    assert not (tmp_path / "made").exists()


def test_doctor_finds_a_sound_drive_healthy(drive, cli):
    result = json.loads(cli("doctor", drive, "--json").out)
    assert result["healthy"]
    assert result["frames"] == 3


def test_doctor_says_which_network_auto_takes(drive, cli, monkeypatch):
    monkeypatch.setattr(network_choice, "choose_network", lambda view, *_: NetworkChoice("mine", f"best for {view}"))
    assert json.loads(cli("doctor", drive, "--json").out)["auto"] == {"name": "mine", "reason": "best for full"}
    assert cli("doctor", drive).out.endswith("\n--model auto takes mine: best for full\n")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_doctor_ends_with_1_for_a_broken_scan(drive, cli, options):
    (drive / "velodyne_points" / "data" / "0000000001.bin").write_bytes(b"123")
    outcome = cli("doctor", drive, *options)
    assert outcome.status == 1
    assert "0000000001" in outcome.out
    assert "error" in outcome.out


def test_doctor_says_each_finding_in_a_line_without_the_recordings_path(drive, cli):
    (drive / "velodyne_points" / "data" / "0000000001.bin").write_bytes(b"123")
    first, finding, *_ = cli("doctor", drive).out.splitlines()
    assert first.endswith(", 3 frames: not healthy")
    assert finding.startswith(
        "error    0000000001: 1 scan: cannot be read: velodyne_points/data/0000000001.bin: 3 bytes"
    )


def test_all_classes_are_near_in_the_street_that_is_seen_first():
    (scan,) = Drive(SHOWN_SEED, 1).frames()
    near = np.hypot(*scan.points[:, :2].T) < 25
    truth = label_points(scan.points, scan.boxes, class_map("default"))
    assert (np.bincount(truth[near], minlength=4)[1:4] >= 1000).all()


@pytest.fixture
def demo(tmp_path, reflectance, cli, monkeypatch):
    """An outcome of the demo, the simulator left out."""
    monkeypatch.setattr("data.simulator.simulate", lambda out, frames, seed, progress: write_drive(out, frames))
    folder = tmp_path / "demo"
    return folder, cli("demo", "--out", folder, "--frames", "1")


def test_demo_makes_labels_scores_and_pictures(demo):
    folder, outcome = demo
    assert outcome.status == 0
    assert json.loads((folder / "run" / "run.json").read_text())["done"] == 1
    pictures = list((folder / "pictures").iterdir())
    assert len(pictures) == 2
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    assert "IoU" in outcome.out
    assert "squeezeseg segment YOUR/DRIVE" in outcome.out


def test_demo_runs_again_over_its_own_folder(demo, cli):
    folder, _ = demo
    (folder / "notes.txt").write_text("mine")
    labels = {name: content for name, content in files(folder).items() if name.endswith(".label")}
    assert cli("demo", "--out", folder, "--frames", "1").status == 0
    again = files(folder)
    assert {name: again[name] for name in labels} == labels
    assert again["notes.txt"] == b"mine"


def test_doctor_calls_a_drive_with_warnings_readable(drive, cli):
    (drive / "velodyne_points" / "data" / "0000000001.bin").unlink()
    outcome = cli("doctor", drive)
    assert outcome.status == 0
    assert outcome.out.splitlines()[0].endswith("2 frames: readable, with 1 warning")
