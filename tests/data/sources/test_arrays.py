"""Arrays among scans: poses, times and the like are left out and named; scans never are."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.formats import npy
from data.sources import open_source

SCAN = np.random.default_rng(0).uniform(-9, 9, (4000, 4)).astype(np.float32)


def names(source: object) -> list[str]:
    return [frame.path.name for frame in source.frames]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("poses.npy", np.zeros((20, 12))),
        ("poses.npy", np.zeros((20, 4, 4))),
        ("poses.npy", np.zeros((5000, 12))),
        ("trajectory.npy", np.zeros((6, 7))),
        ("times.npy", np.zeros(6)),
        ("intrinsics.npy", np.eye(3)),
        ("ids.npy", np.zeros(4000, np.uint32)),
        ("colours.npy", np.zeros((4000, 3), np.uint8)),
        ("image.npy", np.zeros((480, 640, 3), np.uint8)),
        ("one.npy", np.float64(3)),
    ],
)
@pytest.mark.parametrize("suffix", [".bin", ".npy"])
def test_an_array_that_is_no_scan_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, array: np.ndarray, suffix: str
) -> None:
    for k in range(6):
        if suffix == ".bin":
            SCAN.tofile(tmp_path / f"scan{k}.bin")
        else:
            np.save(tmp_path / f"scan{k}.npy", SCAN)
    np.save(tmp_path / name, array)
    with caplog.at_level(logging.WARNING):
        source = open_source(tmp_path)
    assert names(source) == [f"scan{k}{suffix}" for k in range(6)]
    (message,) = caplog.messages
    assert f"left out, as they hold no scans: {name}" in message


def test_an_array_beside_each_scan_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for k in range(3):
        np.save(tmp_path / f"{k}_points.npy", SCAN)
        np.save(tmp_path / f"{k}_labels.npy", np.zeros(len(SCAN), np.uint32))
        np.save(tmp_path / f"{k}_pose.npy", np.eye(4))
    assert names(open_source(tmp_path)) == [f"{k}_points.npy" for k in range(3)]
    (message,) = caplog.messages
    assert "0_labels.npy and 2 more (4000 numbers), 0_pose.npy and 2 more (4 x 4 numbers)" in message


@pytest.mark.parametrize(
    "arrays",
    [
        {"a.npy": SCAN, "b.npy": SCAN[:900], "c.npy": SCAN.astype(np.float64)},
        {"a.npy": SCAN, "b.npy": np.zeros(2000, [("x", "f4"), ("y", "f4"), ("z", "f4")])},
        {"a.npy": np.zeros((3, 4)), "b.npy": np.ones((3, 4))},
        {"poses.npy": np.zeros((20, 12)), "times.npy": np.zeros(20)},  # nothing else is there: each is refused
    ],
)
def test_scans_are_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture, arrays: dict[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        np.save(tmp_path / name, array)
    assert names(open_source(tmp_path)) == list(arrays)
    assert not caplog.messages


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"junk"),
        lambda path: path.symlink_to("nowhere.npy"),
        lambda path: path.mkdir(),
    ],
)
def test_an_unreadable_array_that_comes_first_keeps_nothing_else_out(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(tmp_path / "0.npy")
    for k in (1, 2):
        np.save(tmp_path / f"{k}.npy", SCAN)
    source = open_source(tmp_path)
    assert len(source.scan(source.frames[-1])) == len(SCAN)


def test_a_scan_of_no_bytes_doesnt_make_its_neighbours_look_small(tmp_path: Path) -> None:
    np.save(tmp_path / "times.npy", np.zeros(3))
    np.save(tmp_path / "k.npy", np.eye(3))
    (tmp_path / "0.npy").write_bytes(b"")
    for k in (1, 2):
        np.save(tmp_path / f"{k}.npy", SCAN)
    assert names(open_source(tmp_path)) == ["0.npy", "1.npy", "2.npy"]


def test_an_array_without_rights_keeps_nothing_else_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> npy.NpyHeader:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("data.sources.arrays.read_header", refuse)
    monkeypatch.setattr("data.sources.squeezeseg_npy.read_header", refuse)
    for name in ("a.npy", "b.npy"):
        np.save(tmp_path / name, SCAN)
    assert len(open_source(tmp_path)) == 2


def test_headers_are_not_read_where_all_names_are_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.sources.arrays.read_header", lambda path: pytest.fail(f"read {path}"))
    for k in range(3):
        np.save(tmp_path / f"{k:06d}.npy", SCAN)
    assert len(open_source(tmp_path)) == 3


def test_a_scan_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "a.npy", SCAN)
    opened = []
    whole = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *args: opened.append(path) or whole(path, *args))
    assert len(npy.read_npy(tmp_path / "a.npy").points) == len(SCAN)
    assert opened == [tmp_path / "a.npy"]
