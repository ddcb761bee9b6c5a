"""Drives that the simulator writes: complete, repeatable, never over somebody else's files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pykitti
import pytest

from data.simulator import Drive, simulate
from projection.errors import InputError


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three frames in two streets."""
    return simulate(tmp_path_factory.mktemp("drive"), frames=3, seed=12345, scene_per=2, threads=1)


def test_pykitti_reads_every_part(drive: Path) -> None:
    raw = pykitti.raw(str(drive.parents[1]), "2011_09_26", "2345", frames=range(3))
    assert len(raw.timestamps) == len(raw.oxts) == len(raw.velo_files) == 3
    assert (raw.timestamps[1] - raw.timestamps[0]).total_seconds() == pytest.approx(0.1, abs=1e-4)
    assert raw.get_velo(2).shape[1] == 4
    assert raw.calib.P_rect_20[0, 0] == 721.5


def test_oxts_have_thirty_fields_and_follow_the_drive(drive: Path) -> None:
    assert all(len(path.read_text().split()) == 30 for path in (drive / "oxts/data").iterdir())
    raw = pykitti.raw(str(drive.parents[1]), "2011_09_26", "2345", frames=range(3))
    frames = list(Drive(12345, 3, scene_per=2, threads=1).frames())
    poses = [packet.T_w_imu @ np.linalg.inv(raw.calib.T_velo_imu) for packet in raw.oxts]
    for pose, frame in zip(poses, frames, strict=True):
        moved = np.linalg.inv(poses[0]) @ pose
        assert np.allclose(moved, np.linalg.inv(frames[0].pose) @ frame.pose, atol=0.01)


def test_timestamps_have_nine_decimals(drive: Path) -> None:
    for name in ("timestamps.txt", "timestamps_start.txt", "timestamps_end.txt"):
        lines = (drive / "velodyne_points" / name).read_text().splitlines()
        assert len(lines) == 3
        assert all(len(line.split(".")[1]) == 9 for line in lines)


def test_tracklets_give_back_the_boxes(drive: Path) -> None:
    from data.sources import open_source

    source = open_source(drive)
    assert source.labels_around
    for frame, simulated in zip(source.frames, Drive(12345, 3, scene_per=2, threads=1).frames(), strict=True):
        boxes = source.boxes(frame)
        assert boxes is not None
        read = sorted((box.kind, *box.centre, box.yaw, *box.size) for box in boxes)
        made = sorted((box.kind, *box.centre, box.yaw, *box.size) for box in simulated.boxes)
        assert read == made


def test_same_seed_same_bytes(drive: Path, tmp_path: Path) -> None:
    again = simulate(tmp_path, frames=3, seed=12345, scene_per=2, threads=1)
    names = sorted(path.relative_to(drive) for path in drive.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert all((drive / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_other_seed_other_points() -> None:
    first, second = (next(Drive(seed, 1, threads=1).frames()) for seed in (1, 2))
    assert first.points.tobytes() != second.points.tobytes()


def test_scenery_changes() -> None:
    frames = list(Drive(3, 2, scene_per=1, threads=1).frames())
    assert {box.track for box in frames[0].boxes}.isdisjoint(box.track for box in frames[1].boxes)


def test_the_mark_says_what_was_asked_for(drive: Path) -> None:
    settings = json.loads((drive / "simulation.json").read_text())
    assert (settings["seed"], settings["frames"]) == (12345, 3)
    assert not (drive / "simulation.json.part").exists()


def test_a_finished_drive_is_left_alone(drive: Path) -> None:
    before = (drive / "tracklet_labels.xml").stat().st_mtime_ns
    assert simulate(drive.parents[1], frames=3, seed=12345, scene_per=2, threads=1) == drive
    assert (drive / "tracklet_labels.xml").stat().st_mtime_ns == before


def test_an_interrupted_drive_is_written_anew(tmp_path: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path, frames=3, seed=1, progress=stop, threads=1)
    folder = tmp_path / "2011_09_26/2011_09_26_drive_0001_sync"
    assert not (folder / "simulation.json").exists()
    simulate(tmp_path, frames=1, seed=1, threads=1)
    assert [path.name for path in (folder / "velodyne_points/data").iterdir()] == ["0000000000.bin"]


def test_another_drive_is_not_overwritten(drive: Path) -> None:
    with pytest.raises(InputError, match="holds another drive"):
        simulate(drive.parents[1], frames=1, seed=12345, threads=1)


def test_foreign_files_are_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "2011_09_26/2011_09_26_drive_0007_sync"
    folder.mkdir(parents=True)
    (folder / "tracklet_labels.xml").write_text("mine")
    with pytest.raises(InputError, match="holds another drive"):
        simulate(tmp_path, frames=1, seed=7, threads=1)
    assert (folder / "tracklet_labels.xml").read_text() == "mine"


def test_drives_of_another_rig_are_not_joined(tmp_path: Path) -> None:
    (tmp_path / "2011_09_26").mkdir()
    (tmp_path / "2011_09_26/calib_velo_to_cam.txt").write_text("R: 1 0 0 0 1 0 0 0 1\nT: 0 0 0\n")
    with pytest.raises(InputError, match="another rig"):
        simulate(tmp_path, frames=1, threads=1)
    assert len(list(tmp_path.rglob("*"))) == 2


def test_two_drives_share_a_folder(drive: Path) -> None:
    other = simulate(drive.parents[1], frames=1, seed=1, threads=1)
    assert other.parent == drive.parent
    assert other != drive


def test_an_output_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InputError, match=r"file.*cannot be written"):
        simulate(file, frames=1, threads=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frames": 0}, "frames must be at least 1, got 0"),
        ({"frames": -3}, "frames must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
        ({"scene_per": 0}, "scene_per must be at least 1"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"interval": 0.0}, "interval must lie"),
        ({"interval": float("nan")}, "interval must lie"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path: Path, arguments: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        simulate(tmp_path / "out", **arguments)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_workers_make_the_same_frames() -> None:
    alone, together = (list(Drive(6, 3, scene_per=1, threads=1, workers=workers).frames()) for workers in (1, 2))
    for one, other in zip(alone, together, strict=True):
        assert one.points.tobytes() == other.points.tobytes()
        assert one.pose.tobytes() == other.pose.tobytes()
        assert one.boxes == other.boxes
