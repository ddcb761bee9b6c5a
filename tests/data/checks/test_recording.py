from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.checks.findings import Report, ranges, shorten
from data.checks.recording import check_recording
from data.kitti.tracklets import Tracklet
from data.sources import open_source

MakeDrive = Callable[..., Path]
MakeSequence = Callable[..., Path]


def found(report: Report, level: str) -> str:
    return " / ".join(f"{f.what} @ {f.where}" for f in report.findings if f.level == level)


def examine(path: Path) -> Report:
    return check_recording(open_source(path))


def test_a_drive_of_scans_alone_is_healthy(make_drive: MakeDrive) -> None:
    report = examine(make_drive())
    assert (report.source, report.frames, report.healthy) == ("2011_09_26_drive_0009", 3, True)
    assert "no timestamps" in found(report, "info")
    assert "no oxts" in found(report, "info")
    assert "no tracklets" in found(report, "info")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda scan: scan.write_bytes(scan.read_bytes()[:-1]), "cannot be read"),
        (lambda scan: scan.write_bytes(b""), "1 scan: cannot be read"),
    ],
)
def test_a_bad_scan_is_an_error(make_drive: MakeDrive, spoil: Callable[[Path], None], says: str) -> None:
    path = make_drive()
    spoil(path / "velodyne_points" / "data" / "0000000001.bin")
    report = examine(path)
    assert not report.healthy
    assert says in found(report, "error")
    assert "0000000001" in found(report, "error")


def test_holes_are_shown(make_drive: MakeDrive) -> None:
    report = examine(make_drive([0, 1, 4, 5, 7]))
    assert report.healthy
    assert "numbering: 2-3, 6" in found(report, "warning")


@pytest.mark.parametrize(
    "names",
    [
        [1403636579763555 + 100123 * k for k in range(3)],  # microseconds
        [f"{1403636579 + k}.{k:06d}" for k in range(3)],
        [1403636579763555584 + 100123000 * k for k in range(3)],  # nanoseconds, too long for a number
        range(0, 50, 10),
    ],
)
def test_numbers_that_are_times_have_no_holes(tmp_path: Path, names: list[int | str]) -> None:
    for name in names:
        np.ones((40, 4), np.float32).tofile(tmp_path / f"{name}.bin")
    assert "numbering" not in found(examine(tmp_path), "warning")


@pytest.mark.parametrize(
    ("value", "level", "says"),
    [(np.nan, "warning", "NaN or infinite"), (np.inf, "warning", "NaN"), (0.0, "info", "points at range 0")],
)
def test_points_that_are_no_returns(make_drive: MakeDrive, value: float, level: str, says: str) -> None:
    points = np.ones((40, 4), np.float32)
    points[:10] = value
    report = examine(make_drive(points=points))
    assert f"3 scans: {says}" in found(report, level)
    assert "25.0%" in found(report, level)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["2011-09-26 13:02:25.9"] * 3, "don't increase at frames 1-2"),
        (["2011-09-26 13:02:25.9"], "1 timestamps, but"),
        (["2011-09-26 13:02:25.9", "?", "2011-09-26 13:02:26.9"], "unreadable timestamps in lines 2"),
    ],
)
def test_an_odd_clock_is_a_warning(make_drive: MakeDrive, lines: list[str], says: str) -> None:
    path = make_drive()
    (path / "velodyne_points" / "timestamps.txt").write_text("\n".join(lines))
    report = examine(path)
    assert report.healthy
    assert says in found(report, "warning")


def test_labels_without_calibration_are_an_error(make_drive: MakeDrive) -> None:
    path = make_drive(tracklets=[])
    (path.parent / "calib_cam_to_cam.txt").unlink()
    report = examine(path)
    assert not report.healthy
    assert "labels cannot be used" in found(report, "error")
    assert "calib_cam_to_cam.txt" in found(report, "warning")


def test_broken_files_beside_the_scans_are_errors(make_drive: MakeDrive) -> None:
    path = make_drive()
    (path / "oxts" / "data").mkdir(parents=True)
    (path / "oxts" / "data" / "0000000000.txt").write_text("1 2 3")
    (path / "tracklet_labels.xml").write_text("<a>")
    (path.parent / "calib_cam_to_cam.txt").write_text("junk")
    errors = found(examine(path), "error")
    for name in ("oxts", "tracklet_labels.xml", "calib_cam_to_cam.txt"):
        assert name in errors


def test_boxes_without_points_are_a_warning(make_drive: MakeDrive) -> None:
    far = Tracklet("Van", (4, 2, 2), 1, np.array([[900.0, 0, 0, 0]]))
    report = examine(make_drive(tracklets=[far]))
    assert report.healthy
    assert "1 scan: boxes without points: Van @ 0000000001" in found(report, "warning")


def test_labels_of_another_length_are_an_error(make_sequence: MakeSequence) -> None:
    path = make_sequence(range(2), labels=[10] * 64)
    (path / "labels" / "000001.label").write_bytes(bytes(8))
    report = examine(path)
    assert not report.healthy
    assert "1 scan: labels cannot be used" in found(report, "error")


def test_missing_labels_are_a_warning(make_sequence: MakeSequence) -> None:
    path = make_sequence(range(2), labels=[10] * 64)
    (path / "labels" / "000001.label").unlink()
    assert "1 scans without labels: 000001" in found(examine(path), "warning")


def test_another_sensors_beams_are_a_warning(tmp_path: Path) -> None:
    turn = np.deg2rad(np.arange(2.0, 360, 5))
    beams = [np.stack([9 * np.cos(turn), 9 * np.sin(turn), 0 * turn - k / 4, 0 * turn], axis=1) for k in range(32)]
    np.concatenate(beams).astype(np.float32).tofile(tmp_path / "0.bin")
    assert "not the 64 beams of sensor hdl64: 32 beams" in found(examine(tmp_path), "warning")


def test_every_drive_of_several_is_examined(make_drive: MakeDrive, tmp_path: Path) -> None:
    make_drive([0], "2011_09_26_drive_0001_sync")
    make_drive([0, 2], "2011_09_26_drive_0002_sync")
    report = examine(tmp_path)
    assert report.frames == 3
    assert "drive_0002_sync" in found(report, "warning")


def test_progress_is_told_after_each_frame(make_drive: MakeDrive) -> None:
    steps: list[tuple[int, int]] = []
    check_recording(open_source(make_drive()), lambda done, total: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("numbers", "text"), [([], []), ([4], ["4"]), ([1, 2, 3, 7, 9, 10], ["1-3", "7", "9-10"])])
def test_numbers_as_ranges(numbers: list[int], text: list[str]) -> None:
    assert ranges(numbers) == text


def test_long_lists_are_cut() -> None:
    assert shorten("abcdef", limit=2) == "a, b and 4 more"
    assert shorten("ab") == "a, b"


@pytest.mark.parametrize("name", ["kitti_raw", "kitti_object", "semantic_kitti", "squeezeseg_npy"])
def test_the_real_recordings_are_healthy(real: Path, name: str) -> None:
    report = examine(real / name)
    assert report.healthy
    assert "beams" not in found(report, "warning")
