from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.sensor_conditions import PLAIN, Conditions
from data.sensor_file import load_conditions, load_sensor, write_sensor
from projection import PRESETS, Sensor
from projection.errors import InputError


def load(tmp_path: Path, text: str) -> Sensor:
    (tmp_path / "my.yaml").write_text(text)
    return load_sensor(tmp_path / "my.yaml")


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets_go_by_name(name: str) -> None:
    assert load_sensor(name) is PRESETS[name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beams: [2, 0, -2]", Sensor("my", (2.0, 0.0, -2.0), 2048)),
        ("beams: [-2, 0, 2]", Sensor("my", (2.0, 0.0, -2.0), 2048)),
        ("beams: {count: 3, top: 2, bottom: -2}\nview: front", Sensor("my", (2.0, 0.0, -2.0), 512, 45.0, -45.0)),
        ("beams: [1]\nview: [60, -30]\ncolumns: 100", Sensor("my", (1.0,), 100, 60.0, -30.0)),
        (
            "name: os1\nbeams: [1]\nheight: 1.9\nrows: elevation\ncut: 90",
            Sensor("os1", (1.0,), 2048, rows="elevation", cut=90.0, height=1.9),
        ),
    ],
)
def test_a_file_describes_a_sensor(tmp_path: Path, text: str, expected: Sensor) -> None:
    assert load(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("beems: [1, 0]", "unknown key 'beems'; did you mean 'beams'"),
        ("beams: {count: 4, top: 1, botom: 0}", "unknown key 'botom'; did you mean 'bottom'"),
        ("beams: [1]\n5: 6", "unknown key '5'"),
        ("view: front", "beams: expected a list"),
        ("beams: {count: 0, top: 1, bottom: 0}", "count: 1 to 255"),
        ("beams: many", "beams"),
        ("beams: [1, 1]", "must fall"),
        ("beams: []", "1 to 255 beams"),
        ("beams: [1]\nview: sideways", "view"),
        ("beams: [1]\nview: [-45, 45]", "left to a right"),
        ("beams: [1]\nheight: -1", "height"),
        ("beams: [1]\nheight: tall", "height: Input should be a valid number"),
        ("beams: [.nan]", "beams: expected a list"),
        ("beams: [1]\nview: [.inf, 0]", "view: expected front"),
        ("beams: [1]\nview: [.nan, 0]", "view: expected front"),
        ("beams: [1]\nsimulated: {noize: 1}", "unknown key 'noize'; did you mean 'noise'"),
        ("beams: [1]\nsimulated: {noise: much}", "simulated: noise: Input should be a valid number"),
        ("beams: [1]\nsimulated: {range: [1]}", "simulated: range"),
        ("- 1", "no settings"),
        ("", "no settings"),
        ("beams: [1", "no YAML"),
        ("[" * 5000, "no YAML"),
        ("beams: !!python/object/apply:os.getcwd []", "no YAML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        load(tmp_path, text)
    assert str(tmp_path / "my.yaml") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "says"), [("hdl46", "unknown sensor 'hdl46'"), ("none.yaml", r"none\.yaml: cannot")])
def test_unknown_names_and_missing_files(name: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_sensor(name)


@pytest.mark.parametrize(
    "sensor",
    [PRESETS["vlp32c"], replace(PRESETS["hdl64_front"], cut=12.5, height=0.61), replace(PRESETS["vlp16"], name="")],
    ids=["full turn", "front", "no name"],
)
def test_a_sensor_that_was_written_is_read_again(sensor: Sensor, tmp_path: Path) -> None:
    conditions = Conditions(1.5, -0.5, 0.4, 120.0, 0.03, False, ((-160.0, 160.0, -10.0, -25.0),))
    write_sensor(tmp_path / "own.yaml", sensor, "estimated\nfrom scans", conditions)
    assert load_sensor(tmp_path / "own.yaml") == sensor
    assert load_conditions(tmp_path / "own.yaml") == conditions
    assert (tmp_path / "own.yaml").read_text("utf-8").startswith("# estimated from scans\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beams: [1]", PLAIN),
        ("beams: [1]\nsimulated: {range: [1, 60], noise: 0.03}", Conditions(nearest=1, farthest=60, noise=0.03)),
        ("beams: [1]\nsimulated: {pitch: 2, roll: -1, intensities: no}", Conditions(2, -1, intensities=False)),
        ("beams: [1]\nsimulated: {blind: [[-160, 160, 0, -20]]}", Conditions(blind=((-160, 160, 0, -20),))),
    ],
)
def test_a_file_says_how_its_sensor_is_simulated(tmp_path: Path, text: str, expected: Conditions) -> None:
    assert load(tmp_path, text) == Sensor("my", (1.0,), 2048)
    assert load_conditions(tmp_path / "my.yaml") == expected
    assert load_conditions("hdl32") == PLAIN


@pytest.mark.parametrize("wrong", ["pitch: 11", "range: [5, 5]", "noise: 2", "blind: [[0, 0, -5, 5]]"])
def test_conditions_out_of_range_are_refused(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "my.yaml").write_text(f"beams: [1]\nsimulated: {{{wrong}}}")
    with pytest.raises(InputError, match=f"my.yaml: (tilt|{wrong.split(':', maxsplit=1)[0]})"):
        load_conditions(tmp_path / "my.yaml")
