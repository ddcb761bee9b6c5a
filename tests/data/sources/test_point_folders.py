from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.walled import yard
from numpy.typing import NDArray

from data.sources import open_source
from projection import preset
from projection.errors import InputError

POINTS = np.array([[9, 0, 1, 0], [9, 0, 0, 0.5], [9, 0, -1, 1]], np.float32)


def write_ply(path: Path, ring: list[int], points: NDArray[np.float32] = POINTS) -> None:
    rows = "".join(f"{x} {y} {z} {i} {r}\n" for (x, y, z, i), r in zip(points, ring, strict=True))
    names = "".join(f"property float {name}\n" for name in ("x", "y", "z", "intensity", "ring"))
    path.write_text(f"ply\nformat ascii 1.0\nelement vertex {len(points)}\n{names}end_header\n{rows}")


@pytest.mark.parametrize(
    ("names", "numbers", "order"),
    [
        (["10.bin", "2.bin", "0000000003.bin"], [2, 3, 10], ["2", "0000000003", "10"]),
        (["scan10.bin", "scan2.bin"], [0, 1], ["scan2", "scan10"]),
        (["b.bin", "7.bin"], [0, 1], ["7", "b"]),
        (["2011_09_26_0001_0000000030.bin", "2011_09_26_0002_0000000010.bin"], [30, 10], None),
        (["5.bin", "5.npy"], [5, 5], ["5_bin", "5_npy"]),
    ],
)
def test_frames_are_numbered_by_name_or_by_order(
    tmp_path: Path, names: list[str], numbers: list[int], order: list[str] | None
) -> None:
    for name in names:
        POINTS.tofile(tmp_path / name)
    source = open_source(tmp_path)
    assert [frame.number for frame in source.frames] == numbers
    assert [frame.name for frame in source.frames] == (order or [Path(name).stem for name in names])


def test_hidden_and_other_files_are_left_aside(tmp_path: Path) -> None:
    for name in ("1.bin", ".2.bin.tmp", ".3.bin", "readme.txt", "4.label"):
        POINTS.tofile(tmp_path / name)
    assert [frame.name for frame in open_source(tmp_path).frames] == ["1"]


def test_a_single_file_is_a_source(tmp_path: Path) -> None:
    POINTS.tofile(tmp_path / "scan.bin")
    source = open_source(str(tmp_path / "scan.bin"))
    assert source.name == "scan"
    assert np.array_equal(next(iter(source)).points, POINTS)


@pytest.mark.parametrize(("largest", "scale"), [(1.0, 1.0), (1.4, 1.0), (255.0, 1 / 255), (4000.0, 1 / 4095)])
def test_the_unit_of_intensities_is_learnt_once(tmp_path: Path, largest: float, scale: float) -> None:
    first, second = POINTS.copy(), POINTS.copy()
    first[:, 3] = (0, np.nan, largest)
    second[:, 3] = (0, 0.5, 1)
    (tmp_path / "0.bin").write_bytes(b"broken")
    first.tofile(tmp_path / "1.bin")
    second.tofile(tmp_path / "2.bin")
    source = open_source(tmp_path)
    only_second = source.with_frames(source.frames[2:])
    np.testing.assert_allclose(only_second.scan(source.frames[2]).points[:, 3], second[:, 3] * scale)
    expected = np.clip(np.nan_to_num(first[:, 3] * scale), 0, 1) if scale != 1 else first[:, 3]
    np.testing.assert_allclose(source.scan(source.frames[1]).points[:, 3], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("ring", "expected"),
    [
        ([0, 1, 2], [0, 1, 2]),  # counted from the highest, as we do
        ([15, 14, 13], [0, 1, 2]),  # from the lowest, as Velodyne's drivers do
    ],
)
def test_ring_zero_is_the_highest_beam(tmp_path: Path, ring: list[int], expected: list[int]) -> None:
    write_ply(tmp_path / "a.ply", ring)
    scan = next(iter(open_source(tmp_path, sensor=preset("vlp16"))))
    assert scan.ring is not None
    assert scan.ring.tolist() == expected


def test_a_ring_beyond_the_sensors_beams_is_refused(tmp_path: Path) -> None:
    write_ply(tmp_path / "a.ply", [30, 20, 10])
    with pytest.raises(InputError, match="sensor vlp16 has 16 beams"):
        next(iter(open_source(tmp_path, sensor=preset("vlp16"))))


def test_nan_points_are_kept(tmp_path: Path) -> None:
    points = np.full((3, 4), np.nan, np.float32)
    points.tofile(tmp_path / "a.bin")
    source = open_source(tmp_path)
    assert len(next(iter(source))) == 3
    assert source.sensor.cut == 0


def test_a_selection_keeps_the_sensor_of_the_whole(tmp_path: Path) -> None:
    turn = np.deg2rad(np.arange(0.0, 360, 5))
    beams = [np.stack([9 * np.cos(turn), 9 * np.sin(turn), 0 * turn - k, 0 * turn], axis=1) for k in range(64)]
    np.concatenate(beams).astype(np.float32).tofile(tmp_path / "0.bin")
    POINTS.tofile(tmp_path / "1.bin")
    source = open_source(tmp_path)
    assert source.with_frames(source.frames[1:]).sensor == source.sensor


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "no such file or folder"),
        (lambda path: path.mkdir(), "no scans; looked for velodyne_points"),
        (lambda path: path.with_suffix("").mkdir(), "no such file or folder"),
    ],
)
def test_nothing_to_open_says_what_was_looked_for(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "recording.dir"
    make(path)  # type: ignore[operator]
    with pytest.raises(InputError, match=says) as caught:
        open_source(path)
    assert str(path) in str(caught.value)


def test_an_unknown_suffix_lists_those_we_read(tmp_path: Path) -> None:
    (tmp_path / "a.las").write_bytes(b"LASF")
    with pytest.raises(InputError, match=r"'\.las'; scans are \.bin, \.npy, \.ply, \.pcd"):
        open_source(tmp_path / "a.las")


@pytest.mark.parametrize("given", [{}, {"height": 1.2}, {"sensor": replace(preset("hdl64"), name="own")}])
def test_height_and_columns_are_those_of_the_first_scans_where_nobody_says_otherwise(
    tmp_path: Path, given: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "0.bin").touch()
    for number in range(1, 4):
        yard(height=3.0, columns=1000).tofile(tmp_path / f"{number}.bin")
    source = open_source(tmp_path, sensor=given.get("sensor"))
    if "height" in given:
        source.mount(given["height"])
    found = source.with_frames(source.frames[1:]).sensor, source.sensor
    expected = {"height": given.get("height", 1.73 if given else 3.0), "columns": 2048 if "sensor" in given else 1024}
    for sensor in found:
        assert (sensor.height, sensor.columns) == (pytest.approx(expected["height"], abs=0.03), expected["columns"])
    assert source.assumed_sensor.columns == 2048
    assert len(caplog.messages) == 2 * (2 - ("height" in given) - 2 * ("sensor" in given))
