from __future__ import annotations

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.real import DRIVE_0001, PUBLISHED_IMAGES

from data.kitti.calibration import RAW_FILES
from data.kitti.tracklets import Tracklet
from data.labels import CLASS_MAPS, IGNORE
from data.sources import open_source
from data.sources.kitti_raw import KittiRaw, parse_stamp
from projection.errors import InputError

MakeDrive = Callable[..., Path]
DEFAULT = CLASS_MAPS["default"]
# In a car ahead, beside it, in a car behind, beside the image, NaN, range 0.
POINTS = np.array(
    [[10, 0, 0, 0.5], [10, 4, 0, 0.5], [-10, 0, 0, 0.5], [5, 9, 0, 0.5], [np.nan, 0, 0, 0], [0, 0, 0, 0]], np.float32
)


def car(x: float, first_frame: int = 0, poses: int = 1) -> Tracklet:
    return Tracklet("Car", (4, 2, 2), first_frame, np.tile([x, 0.0, -1, 0], (poses, 1)))


def test_velodyne_alone_is_enough(make_drive: MakeDrive) -> None:
    path = make_drive()
    for file in path.parent.glob("calib*"):
        file.unlink()
    source = open_source(path)
    assert isinstance(source, KittiRaw)
    assert source.name == "2011_09_26_drive_0009"
    assert [scan.name for scan in source] == ["0000000000", "0000000001", "0000000002"]
    frame = source.frames[0]
    scan = source.scan(frame)
    assert not source.labelled
    assert (scan.stamp, source.boxes(frame), source.truth(frame, scan, DEFAULT)) == (None, None, None)
    assert (source.camera(frame), source.pose(frame)) == (None, None)


def test_holes_in_the_numbering_survive(make_drive: MakeDrive) -> None:
    """Frames, boxes, times and poses go by number."""
    path = make_drive([1, 2, 5], tracklets=[car(10, first_frame=1, poses=3), car(20, first_frame=5)])
    lines = [f"2011-09-26 13:02:{second:02d}.500000000" for second in range(6)]
    (path / "velodyne_points" / "timestamps.txt").write_text("\n".join(lines))
    oxts = path / "oxts" / "data"
    oxts.mkdir(parents=True)
    for number in (1, 5):
        (oxts / f"{number:010d}.txt").write_text(" ".join(["49.0", f"{8 + number * 1e-5}", "100"] + ["0"] * 27))
    source = KittiRaw(path)
    assert [frame.number for frame in source.frames] == [1, 2, 5]
    assert [[box.centre[0] for box in source.boxes(frame) or ()] for frame in source.frames] == [[10], [10], [20]]
    start = parse_stamp("2011-09-26 13:02:00")
    assert start is not None
    assert [scan.stamp for scan in source] == [start + 1.5, start + 2.5, start + 5.5]
    poses = [source.pose(frame) for frame in source.frames]
    assert poses[1] is None
    assert poses[2] is not None
    assert poses[2][0, 3] == pytest.approx(np.cos(np.deg2rad(49)) * np.deg2rad(4e-5) * 6378137)


def test_truth_covers_what_the_camera_saw(make_drive: MakeDrive) -> None:
    source = open_source(make_drive([0], tracklets=[car(10), car(-10)], points=POINTS))
    truth = source.truth(source.frames[0], source.scan(source.frames[0]), DEFAULT)
    assert truth is not None
    assert truth.tolist() == [1, 0, IGNORE, IGNORE, IGNORE, IGNORE]
    assert not source.labels_around


def test_simulated_drives_are_scored_all_around(make_drive: MakeDrive) -> None:
    path = make_drive([0], tracklets=[car(10), car(-10)], points=POINTS)
    (path / "simulation.json").write_text("{}")
    source = open_source(path)
    truth = source.truth(source.frames[0], source.scan(source.frames[0]), DEFAULT)
    assert truth is not None
    assert truth.tolist() == [1, 0, 1, 0, IGNORE, IGNORE]
    assert source.labels_around


def test_the_image_itself_says_its_size(make_drive: MakeDrive) -> None:
    path = make_drive([0])
    image = path / "image_02" / "data" / "0000000000.png"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 600, 200))
    source = KittiRaw(path)
    camera = source.camera(source.frames[0])
    assert camera is not None
    assert camera.size == (600, 200)


def test_labels_without_calibration_cannot_be_scored(make_drive: MakeDrive) -> None:
    path = make_drive([0], tracklets=[car(10)])
    (path.parent / "calib_velo_to_cam.txt").unlink()
    source = open_source(path)
    with pytest.raises(InputError, match="calib_velo_to_cam"):
        source.truth(source.frames[0], source.scan(source.frames[0]), DEFAULT)


def test_one_bad_scan_leaves_the_others(make_drive: MakeDrive) -> None:
    path = make_drive(range(3))
    bad = path / "velodyne_points" / "data" / "0000000000.bin"
    bad.write_bytes(bad.read_bytes()[:-3])
    source = open_source(path)
    with pytest.raises(InputError, match=r"0000000000\.bin"):
        source.scan(source.frames[0])
    assert len(source.scan(source.frames[1])) == 64
    assert source.sensor.cut is not None


@pytest.mark.parametrize("inner", ["velodyne_points", "velodyne_points/data", "."])
def test_any_folder_of_a_drive_opens_it(make_drive: MakeDrive, inner: str) -> None:
    path = make_drive(tracklets=[])
    assert open_source(path / inner).path == path
    assert open_source(path / inner).labelled


def test_a_relative_path_finds_the_calibration(make_drive: MakeDrive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_drive([0]))
    source = open_source(".")
    assert isinstance(source, KittiRaw)
    assert source.camera(source.frames[0]) is not None


@pytest.mark.parametrize("beside", ["the link", "the drive"])
def test_a_link_to_a_drive_finds_the_calibration(make_drive: MakeDrive, tmp_path: Path, beside: str) -> None:
    drive = make_drive([0], tracklets=[car(10)], points=POINTS)
    link = tmp_path / "links" / "mine"
    link.parent.mkdir()
    link.symlink_to(drive)
    if beside == "the link":
        for name in RAW_FILES:
            (drive.parent / name).rename(link.parent / name)
    source = open_source(link)
    assert source.truth(source.frames[0], source.scan(source.frames[0]), DEFAULT) is not None
    assert "2011_09_26_0009_0000000000" in source.aliases(source.frames[0])


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("1970-01-01 00:00:01.123456789", 1.123456789),
        ("1970-01-01 00:00:01.5", 1.5),
        ("1970-01-01 00:00:01", 1.0),
        ("yesterday", None),
        ("", None),
    ],
)
def test_timestamps_have_any_number_of_decimals(line: str, seconds: float | None) -> None:
    assert parse_stamp(line) == seconds


def test_an_empty_drive_is_refused(make_drive: MakeDrive) -> None:
    with pytest.raises(InputError, match=r"no scans; a drive has files like 0000000000\.bin"):
        open_source(make_drive([]))


def test_drives_of_a_date_and_of_a_root_are_one_source(make_drive: MakeDrive, tmp_path: Path) -> None:
    make_drive([3], "2011_09_26_drive_0001_sync")
    make_drive([7, 8], "2011_09_26_drive_0002_sync", tracklets=[car(10, first_frame=8)])
    for path in (tmp_path, tmp_path / "2011_09_26"):
        source = open_source(path)
        assert [f.name for f in source.frames] == [
            "2011_09_26_0001_0000000003",
            "2011_09_26_0002_0000000007",
            "2011_09_26_0002_0000000008",
        ]
        assert [scan.name for scan in source] == [frame.name for frame in source.frames]
        assert [scan.frame for scan in source] == [3, 7, 8]
        assert [source.boxes(frame) for frame in source.frames[:2]] == [None, ()]
        assert len(source.boxes(source.frames[2]) or ()) == 1
        assert source.labelled
        assert not source.with_frames(source.frames[:1]).labelled


def test_names_stay_unique_where_drives_share_theirs(make_drive: MakeDrive, tmp_path: Path) -> None:
    make_drive([0], "2011_09_26_drive_0001_sync")
    make_drive([0], "2011_09_26_drive_0001_extract")
    names = [frame.name for frame in open_source(tmp_path).frames]
    assert names == [f"2011_09_26_2011_09_26_drive_0001_{kind}_0000000000" for kind in ("extract", "sync")]


def test_an_empty_drive_among_others_is_left_out(
    make_drive: MakeDrive, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_drive([], "2011_09_26_drive_0001_sync")
    make_drive([0], "2011_09_26_drive_0002_sync")
    assert open_source(tmp_path).name == "2011_09_26_drive_0002"
    assert "2011_09_26_drive_0001_sync" in caplog.text


def test_tracklets_label_the_published_range_images_exactly(real: Path) -> None:
    """Every pixel of the four range images that SqueezeSeg made of drive 0001."""
    from data.boxes import label_points

    drive = KittiRaw(real / DRIVE_0001)
    published = open_source(real / PUBLISHED_IMAGES)
    class_map = CLASS_MAPS["squeezeseg"]
    labelled = 0
    for frame in published.frames:
        scan = published.scan(frame)
        truth = published.truth(frame, scan, class_map)
        boxes = drive.boxes(frame)
        assert truth is not None
        assert boxes is not None
        assert np.array_equal(label_points(scan.points, boxes, class_map), truth)
        labelled += np.count_nonzero(truth)
    assert labelled == 5864


def test_the_real_drive_opens_without_its_calibration(real: Path, tmp_path: Path) -> None:
    drive = "2011_09_26_drive_0048_sync"
    shutil.copytree(real / "kitti_raw" / "2011_09_26" / drive, tmp_path / drive)
    source = open_source(tmp_path / drive)
    assert len(source) == 22
    assert sum(len(scan) for scan in source) > 22 * 110_000


def test_an_unsynchronised_drive_has_text(make_drive: Callable[..., Path]) -> None:
    drive = make_drive(name="2011_09_26_drive_0009_extract")
    for file in (drive / "velodyne_points" / "data").iterdir():
        np.savetxt(file.with_suffix(".txt"), np.fromfile(file, "<f4").reshape(-1, 4), "%.3f")
        file.unlink()
    source = open_source(drive)
    assert [frame.number for frame in source.frames] == [0, 1, 2]
    assert len(source.scan(source.frames[1])) == 64


@pytest.mark.parametrize("ends", ["", "\n", "\r\n", "\n\n \n"])
def test_blank_lines_at_the_end_of_timestamps_are_no_times(make_drive: Callable[..., Path], ends: str) -> None:
    drive = make_drive()
    (drive / "velodyne_points" / "timestamps.txt").write_text("2011-09-26 13:02:25.9\n\n2011-09-26 13:02:26.1" + ends)
    source = open_source(drive)
    assert isinstance(source, KittiRaw)
    assert [stamp is None for stamp in source.stamps] == [False, True, False]


def test_a_scan_without_points_is_no_frame(make_drive: Callable[..., Path]) -> None:
    drive = make_drive()
    (drive / "velodyne_points" / "data" / "0000000001.bin").write_bytes(b"")
    source = open_source(drive)
    with pytest.raises(InputError, match=r"0000000001\.bin: no points"):
        source.scan(source.frames[1])
