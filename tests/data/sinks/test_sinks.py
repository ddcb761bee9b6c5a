from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from helpers import open3d
from helpers.results import segmentation

from data.atomic import atomic_write
from data.formats import read_points
from data.formats.label import read_labels
from data.labels import COLOURS
from data.scan import Scan
from data.sinks import SINKS, sink_for, write_scan
from projection.errors import InputError

POINTS = np.array([[1, 2, 3, 0.5], [np.nan, 0, 0, 0], [-7, 8, -9, 1]], np.float32)
SCAN = Scan(POINTS, frame=4, name="0000000004", stamp=12.5)
LABELS = np.array([1, 255, 3], np.uint8)
CONFIDENCE = np.array([0.75, 0, 0.5], np.float32)
LABELLED = segmentation(LABELS, CONFIDENCE, np.array([7, 0, 500], np.uint16))


@pytest.mark.parametrize("suffix", [".ply", ".pcd"])
def test_points_come_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_scan(path, SCAN, LABELLED)
    np.testing.assert_array_equal(read_points(path).points, POINTS)


def test_label_is_a_uint32_a_point(tmp_path: Path) -> None:
    path = tmp_path / "labels" / "a.label"
    write_scan(path, SCAN, LABELLED)
    assert np.fromfile(path, "<u4").tolist() == [7 << 16 | 1, 255, 500 << 16 | 3]
    assert read_labels(path, 3).tolist() == [1, 255, 3]


def test_labels_alone_have_no_objects(tmp_path: Path) -> None:
    write_scan(tmp_path / "a.label", SCAN, segmentation(LABELS, CONFIDENCE))
    assert np.fromfile(tmp_path / "a.label", "<u4").tolist() == [1, 255, 3]


@pytest.mark.parametrize(
    "bad",
    [(LABELS, CONFIDENCE[:2]), (LABELS.astype(int), CONFIDENCE), (LABELS, CONFIDENCE, np.zeros(3, np.int64))],
    ids=["length", "labels", "instances"],
)
def test_arrays_of_another_kind_are_refused(bad: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        segmentation(*bad)


def test_labels_of_another_scan_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 points"):
        write_scan(tmp_path / "a.label", SCAN, segmentation(LABELS[:2], CONFIDENCE[:2]))


def test_npz_holds_everything(tmp_path: Path) -> None:
    write_scan(tmp_path / "a.npz", SCAN, LABELLED)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        assert set(archive) == {"points", "labels", "confidence", "frame", "name", "stamp", "instances"}
        np.testing.assert_array_equal(archive["points"], POINTS)
        assert archive["labels"].tolist() == [1, 255, 3]
        assert str(archive["name"]) == "0000000004"


def test_ply_has_colour_class_and_confidence(tmp_path: Path) -> None:
    write_scan(tmp_path / "a.ply", SCAN, LABELLED)
    body = (tmp_path / "a.ply").read_bytes().split(b"end_header\n", 1)[1]
    first = body[: len(body) // 3]
    assert list(first[16:19]) == COLOURS[1].tolist()
    assert first[19] == 1
    assert np.frombuffer(first[20:22], "<u2")[0] == 7
    assert np.frombuffer(first[22:26], "<f4")[0] == 0.75


def test_pcd_has_colour_class_and_confidence(tmp_path: Path) -> None:
    write_scan(tmp_path / "a.pcd", SCAN, LABELLED)
    body = (tmp_path / "a.pcd").read_bytes().split(b"DATA binary\n", 1)[1]
    red, green, blue = (int(value) for value in COLOURS[1])
    assert np.frombuffer(body[16:28], "<u4").tolist() == [red << 16 | green << 8 | blue, 1, 7]
    assert np.frombuffer(body[28:32], "<f4")[0] == 0.75


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".ply", ".pcd"])
def test_open3d_reads_points_and_colours(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_scan(path, Scan(POINTS[[0, 2]]), segmentation(LABELS[[0, 2]], CONFIDENCE[[0, 2]]))
    cloud = open3d.load().io.read_point_cloud(str(path))
    np.testing.assert_allclose(np.asarray(cloud.points), POINTS[[0, 2], :3])
    np.testing.assert_allclose(np.asarray(cloud.colors) * 255, COLOURS[[1, 3]], atol=0.5)


@pytest.mark.parametrize("suffix", sorted(SINKS))
def test_an_empty_scan_is_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_scan(path, Scan(np.empty((0, 4), np.float32)), segmentation(np.empty(0, np.uint8), np.empty(0, np.float32)))
    assert path.is_file()


@pytest.mark.parametrize("suffix", [".ply", "ply", ".PLY"])
def test_suffixes_with_or_without_dot(suffix: str) -> None:
    assert sink_for(suffix) is SINKS[".ply"]


@pytest.mark.parametrize("suffix", [".las", "", "."])
def test_an_unknown_suffix_lists_the_known(suffix: str) -> None:
    with pytest.raises(InputError, match=r"\.label, \.ply, \.pcd, \.npz"):
        sink_for(suffix)


@pytest.mark.parametrize(("content", "says"), [(b"123", "3 points has 12"), (b"\x04" + bytes(11), "class 4")])
def test_labels_that_are_not_ours_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.label").write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_labels(tmp_path / "a.label", 3)


def test_missing_labels_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.label"):
        read_labels(tmp_path / "a.label", 3)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def interrupted() -> None:
        with atomic_write(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_files_have_the_rights_that_others_have(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with atomic_write(tmp_path / "b"):
        pass
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_a_folder_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.ply").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_scan(tmp_path / "a.ply", SCAN, LABELLED)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.ply"]


def test_a_file_for_a_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_scan(tmp_path / "out" / "a.ply", SCAN, LABELLED)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        write_scan(tmp_path / "a.ply", SCAN, LABELLED)
