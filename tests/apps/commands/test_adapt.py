"""squeezeseg adapt: the sensor of scans, its file and its page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers.walled import yard

from data.sensor_file import load_sensor
from projection import PRESETS

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


def test_it_writes_a_file_that_describes_the_sensor_and_a_page(scans, tmp_path, cli):
    out = tmp_path / "mine"
    outcome = cli("adapt", scans, "--out", out)
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
    result = json.loads(cli("adapt", scans, "--out", tmp_path / "mine", "--json").out)
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
    outcome = cli("adapt", room, "--out", tmp_path / "room")
    assert "No clear ground below the sensor" in outcome.err
    assert load_sensor(tmp_path / "room" / "my-sensor.yaml").elevations == pytest.approx(
        PRESETS["vlp16"].elevations, abs=0.1
    )
