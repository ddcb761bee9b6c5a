"""What is written can be read again: points, beams, time and labels."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers.results import segmentation

from data.formats import read_points
from data.scan import Scan
from data.sinks import write_scan
from data.sources import open_source
from projection.errors import InputError

POINTS = np.array([[1, 2, 3, 0.5], [np.nan, 0, 0, 0], [-7, 8, -9, 1]], np.float32)
RING = np.array([0, 3, 7], np.uint8)
LABELS = np.array([1, 255, 3], np.uint8)
CONFIDENCE = np.array([0.75, 0, 0.5], np.float32)
INSTANCES = np.array([7, 0, 500], np.uint16)
STAMP = 1317013371.123456
CLOUDS = pytest.mark.parametrize("suffix", [".ply", ".pcd", ".npz"])


@CLOUDS
@pytest.mark.parametrize("ring", [RING, None], ids=["beams", "no beams"])
@pytest.mark.parametrize("stamp", [STAMP, None])
def test_points_beams_and_time(tmp_path: Path, suffix: str, ring: np.ndarray | None, stamp: float | None) -> None:
    path = tmp_path / f"0000000004{suffix}"
    write_scan(path, Scan(POINTS, stamp=stamp, ring=ring), segmentation(LABELS))
    for scan in (open_source(path)[0], open_source(tmp_path)[0]):
        np.testing.assert_array_equal(scan.points, POINTS)
        assert scan.stamp == stamp
        assert (scan.frame, scan.name) == (4, "0000000004")
        # The beam of what is no return is nobody's.
        assert (None if scan.ring is None else scan.ring[[0, 2]].tolist()) == (None if ring is None else [0, 7])


@CLOUDS
@pytest.mark.parametrize(
    ("confidence", "instances"), [(CONFIDENCE, INSTANCES), (None, None), (CONFIDENCE, None)], ids=["all", "none", "one"]
)
def test_labels(tmp_path: Path, suffix: str, confidence: np.ndarray | None, instances: np.ndarray | None) -> None:
    path = tmp_path / f"a{suffix}"
    write_scan(path, Scan(POINTS), segmentation(LABELS, confidence, instances))
    source = open_source(path)
    found = source.saved_labels(source.frames[0])
    assert found is not None
    for given, expected in zip(
        (found.labels, found.confidence, found.instances), (LABELS, confidence, instances), strict=True
    ):
        assert (given is None) == (expected is None)
        if given is not None and expected is not None:
            np.testing.assert_array_equal(given, expected)
            assert given.dtype == expected.dtype


@pytest.mark.parametrize("suffix", [".ply", ".pcd"])
def test_labels_of_others_are_none_of_ours(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_scan(path, Scan(POINTS), segmentation(LABELS))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1 car", b"1 cat"))
    assert read_points(path).labelled is None


@pytest.mark.parametrize(
    "arrays",
    [
        {"points": POINTS},
        {"arr_0": POINTS},
        {"cloud": POINTS.astype(np.float64)},
        {"points": POINTS, "labels": np.array([40, 50, 60])},
        {"points": POINTS, "poses": np.eye(4), "kinds": np.array(["a", "b"])},
    ],
    ids=["points", "arr_0", "one array", "labels of others", "others beside"],
)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_of_others(tmp_path: Path, save: object, arrays: dict[str, np.ndarray]) -> None:
    save(tmp_path / "a.npz", **arrays)  # type: ignore[operator]
    file = read_points(tmp_path / "a.npz")
    np.testing.assert_array_equal(file.points, POINTS)
    assert file.labelled is None


def _bomb(path: Path) -> None:
    """A header that promises what the archive holds, packed to a thousandth."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("points.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, {"shape": (18_000_000, 4), "fortran_order": False, "descr": "<f4"})
        for _ in range(288):
            file.write(bytes(1_000_000))


def _promise(path: Path) -> None:
    """A header that promises more than there is."""
    with zipfile.ZipFile(path, "w") as archive, archive.open("points.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, {"shape": (1 << 20, 4), "fortran_order": False, "descr": "<f4"})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b"PK\x03\x04 no more"), "no .npz file"),
        (lambda path: np.savez(path, a=POINTS, b=POINTS), r"no array 'points' among its arrays \(a, b\)"),
        (lambda path: np.savez(path, points=np.array([{}], object)), "no array 'points'"),
        (lambda path: np.savez(path, points=POINTS, ring=RING[:2]), r"ring of \(2,\), but 3 points"),
        (lambda path: np.savez(path, points=POINTS[:, :2]), "expected points"),
        (lambda path: np.savez(path, **{f"a{k}": RING for k in range(101)}), "101 arrays"),
        (_promise, "cut short"),
        (_bomb, "288,000,"),
    ],
    ids=["no archive", "which", "objects", "other length", "flat", "many", "promise", "bomb"],
)
def test_archives_that_are_no_scan(tmp_path: Path, make, message: str) -> None:
    make(tmp_path / "a.npz")
    with pytest.raises(InputError, match=message) as caught:
        read_points(tmp_path / "a.npz")
    assert "\n" not in str(caught.value)


def test_archives_beside_scans_are_no_scans(tmp_path: Path) -> None:
    POINTS.tofile(tmp_path / "a.bin")
    np.savez(tmp_path / "poses.npz", np.eye(4))
    assert [frame.name for frame in open_source(tmp_path).frames] == ["a"]
