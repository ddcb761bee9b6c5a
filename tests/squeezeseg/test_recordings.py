"""Recordings in Python."""

from __future__ import annotations

import pytest
from helpers.drive import write_drive

from projection import InputError
from squeezeseg import open_source


def test_a_sensor_by_name_or_file(tmp_path):
    drive = write_drive(tmp_path, frames=1)
    file = tmp_path / "mine.yaml"
    file.write_text("beams: {count: 4, top: 2, bottom: -20}")
    assert open_source(drive, sensor="vlp16").base_sensor.beams == 16
    assert open_source(drive, sensor=file).base_sensor.beams == 4
    with pytest.raises(InputError, match="vlp16"):
        open_source(drive, sensor="vpl16")


def test_the_height_of_the_sensor(tmp_path):
    drive = write_drive(tmp_path, frames=1)
    assert open_source(drive, height=2.5).sensor.height == 2.5
