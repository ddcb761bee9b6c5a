"""squeezeseg sensors."""

from __future__ import annotations

import json

from data.sensor_file import load_sensor
from projection.presets import CATALOGUE


def test_each_listed_sensor_can_be_loaded(cli):
    listed = json.loads(cli("sensors", "--json").out)["sensors"]
    assert [one["name"] for one in listed] == [one.sensor.name for one in CATALOGUE]
    assert all(tuple(one["elevations"]) == load_sensor(one["name"]).elevations for one in listed)


def test_the_table_says_where_beams_are_known_from(cli):
    lines = cli("sensors").out.splitlines()
    (line,) = (line for line in lines if line.startswith("os1_128"))
    assert line.split()[-5:] == ["128", "21.4", "-21.4", "1024", "even"]
    assert any(line.startswith("even: evenly spaced") for line in lines)
