"""squeezeseg adapt: the sensor of scans, its file and its page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.walled import yard

from data.sensor_file import load_sensor
from projection import PRESETS
from squeezeseg.adaptation import adaptation
from squeezeseg.adaptation.plan import Plan
from squeezeseg.weights import load_weights

HEIGHT = 1.2


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Three scans of a VLP-16 at `HEIGHT`, in the order that it stored them."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(3):
        points = yard(PRESETS["vlp16"], columns=1800, height=HEIGHT, slope=(number / 5, 0), wall=60)
        points.tofile(folder / f"{number:06d}.bin")
    return folder


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of few scans and steps, whatever the time."""
    monkeypatch.setattr(adaptation, "make_plan", lambda *_: Plan(scans=6, rehearsed=2, steps=2))
    monkeypatch.setattr(adaptation, "HELD", 4)


@pytest.mark.slow
@pytest.mark.usefixtures("brief")
def test_a_network_is_adapted_and_the_better_one_kept(scans, tmp_path, cli):
    out = tmp_path / "mine"
    result = json.loads(cli("adapt", scans, "--out", out, "--json").out)
    network = result["network"]
    assert network["plan"] == {"scans": 6, "rehearsed": 2, "steps": 2}
    assert set(network["before"]["consistency"]) == {"mirrored", "turned", "without beams"}
    card = load_weights(result["files"]["model"]).card
    assert card.model == "fast"
    assert card.sensor.beams == (16 if network["adapted"] else 64)
    assert card.sensor.height == pytest.approx(1.73)
    assert card.command.startswith("squeezeseg")
    assert network["why"] in (out / "adapt.html").read_text("utf-8")
    again = cli("adapt", scans, "--out", out)
    assert (again.status, again.out) == (2, "")
    assert "--resume" in again.err
    resumed = json.loads(cli("adapt", scans, "--out", out, "--resume", "--json").out)["network"]
    assert {**resumed, "seconds": 0} == {**network, "seconds": 0}


def test_a_room_is_nothing_to_adapt_to(real, tmp_path, cli):
    outcome = cli("adapt", real / "captures" / "sample_velodyne_vlp16_gps.pcap", "--out", tmp_path / "room")
    assert outcome.status == 2
    assert "no scans of a street" in outcome.err
    assert (tmp_path / "room" / "my-sensor.yaml").is_file()


def test_it_writes_a_file_that_describes_the_sensor_and_a_page(scans, tmp_path, cli):
    out = tmp_path / "mine"
    outcome = cli("adapt", scans, "--estimate-only", "--out", out)
    assert (outcome.status, outcome.err) == (0, "")
    sensor = load_sensor(out / "my-sensor.yaml")
    assert (sensor.name, sensor.beams, sensor.columns) == ("mine", 16, 1792)
    assert sensor.elevations == pytest.approx(PRESETS["vlp16"].elevations, abs=0.05)
    assert sensor.height == pytest.approx(HEIGHT, abs=0.05)
    assert "1.20 m above the ground, by 3 of 3 scans" in outcome.out
    page = (out / "adapt.html").read_text("utf-8")
    assert page.count("<img") == 2
    assert "16, from 15.00 to -15.00 degrees" in page


def test_json_has_all_numbers_and_the_files(scans, tmp_path, cli):
    result = json.loads(cli("adapt", scans, "--estimate-only", "--out", tmp_path / "mine", "--json").out)
    assert result["beams"]["told_by"] == "order"
    assert result["turn"]["columns"] == 1800
    assert result["mount"]["height"] == pytest.approx(HEIGHT, abs=0.05)
    assert all(Path(file).is_file() for file in result["files"].values())
    assert json.loads((tmp_path / "mine" / "estimate.json").read_text("utf-8")).items() < result.items()


def test_scans_of_nothing_are_an_error_in_a_line(tmp_path, cli):
    (tmp_path / "cloud.bin").write_bytes(np.random.default_rng(0).normal(0, 9, (9000, 4)).astype(np.float32).tobytes())
    outcome = cli("adapt", tmp_path / "cloud.bin", "--out", tmp_path / "mine")
    assert outcome.status == 2
    assert "the points lie on no beams" in outcome.err
    assert not (tmp_path / "mine").exists()


def test_a_room_is_doubted(real, tmp_path, cli):
    room = real / "captures" / "sample_velodyne_vlp16_gps.pcap"
    outcome = cli("adapt", room, "--estimate-only", "--out", tmp_path / "room")
    assert "No clear ground below the sensor" in outcome.err
    assert load_sensor(tmp_path / "room" / "my-sensor.yaml").elevations == pytest.approx(
        PRESETS["vlp16"].elevations, abs=0.1
    )
