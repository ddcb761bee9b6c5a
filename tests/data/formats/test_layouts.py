"""Layouts of numbers: other ones than ours are recognised or refused by name, never read as ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.formats import read_points
from projection.errors import InputError

N = 4000


def sweep(count: int = N, beams: int = 32, by_firing: bool = False) -> np.ndarray:
    """(N, 4) float32 of a turning sensor on a plain, beam after beam or firing after firing."""
    azimuth = np.linspace(0, 2 * np.pi, count // beams, endpoint=False)
    distance = np.linspace(4, 40, beams)[:, None] * (1 + 0.1 * np.sin(5 * azimuth))
    height = np.broadcast_to(np.linspace(-1.8, 2.5, beams)[:, None], distance.shape)
    grid = np.stack([distance * np.cos(azimuth), distance * np.sin(azimuth), height, 0.3 + 0 * distance], axis=-1)
    grid = grid.transpose(1, 0, 2) if by_firing else grid
    return grid.reshape(-1, 4).astype(np.float32)


SCAN = sweep()
# A low sensor on flat ground: what z varies by is noise alone.
FLAT = np.stack(
    [
        4 * np.cos(np.linspace(0, 2 * np.pi, 2400)),
        4 * np.sin(np.linspace(0, 2 * np.pi, 2400)),
        np.random.default_rng(0).normal(-0.6, 0.004, 2400),
        np.full(2400, 0.1),
    ],
    axis=1,
).astype(np.float32)
RING = (np.arange(len(SCAN)) // (len(SCAN) // 32)).astype(np.float32)


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(SCAN, id="beam after beam"),
        pytest.param(sweep(by_firing=True), id="firing after firing"),
        pytest.param(SCAN * np.float32([1, 1, 1, 255]), id="intensities to 255"),
        pytest.param(np.random.default_rng(1).permutation(SCAN), id="shuffled"),
        pytest.param(SCAN[::7], id="thinned"),
        pytest.param(FLAT, id="flat ground"),
        pytest.param(SCAN[:5], id="five points"),
        pytest.param(np.zeros((400, 4), np.float32), id="zeros"),
        pytest.param(np.full((400, 4), np.nan, np.float32), id="NaN"),
        pytest.param(np.where(np.arange(len(SCAN))[:, None] % 20 == 0, np.nan, SCAN).astype("f4"), id="some NaN"),
    ],
)
def test_four_floats_are_kittis(tmp_path: Path, points: np.ndarray) -> None:
    points.tofile(tmp_path / "a.bin")
    np.testing.assert_array_equal(read_points(tmp_path / "a.bin").points, points)


def test_five_floats_are_nuscenes(tmp_path: Path) -> None:
    np.column_stack([SCAN, RING]).astype("<f4").tofile(tmp_path / "a.pcd.bin")
    found = read_points(tmp_path / "a.pcd.bin")
    np.testing.assert_array_equal(found.points, SCAN)
    assert found.ring is not None
    assert found.ring.tolist() == RING.tolist()


@pytest.mark.parametrize("fifth", [0.0, 0.5, -1.0, 1e9])
def test_a_fifth_number_that_is_no_ring_is_left_aside(tmp_path: Path, fifth: float) -> None:
    np.column_stack([SCAN, np.full(len(SCAN), fifth)]).astype("<f4").tofile(tmp_path / "a.bin")
    found = read_points(tmp_path / "a.bin")
    np.testing.assert_array_equal(found.points, SCAN)
    assert found.ring is None


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        (SCAN[:, :3], "three float32"),
        (SCAN[:-1, :3], "three float32"),  # no multiple of 16 bytes
        (np.column_stack([SCAN, RING, RING]).astype("<f4"), "six float32"),
        (np.column_stack([SCAN[:, :3], SCAN[:, :3] % 1]).astype("<f4"), "six float32"),
        (SCAN.astype("<f8"), "four float64"),
        (SCAN[:, :3].astype("<f8"), "three float64"),
    ],
)
def test_other_layouts_are_refused_by_name(tmp_path: Path, numbers: np.ndarray, says: str) -> None:
    np.ascontiguousarray(numbers).tofile(tmp_path / "a.bin")
    with pytest.raises(InputError, match=rf"a\.bin: looks like {says}"):
        read_points(tmp_path / "a.bin")


@given(st.integers(64, 3000), st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_points_without_any_order_are_kittis(tmp_path_factory: pytest.TempPathFactory, count: int, seed: int) -> None:
    points = np.random.default_rng(seed).uniform((-80, -80, -3, 0), (80, 80, 5, 1), (count, 4)).astype(np.float32)
    path = tmp_path_factory.mktemp("points") / "a.bin"
    points.tofile(path)
    np.testing.assert_array_equal(read_points(path).points, points)


def test_real_scans(real: Path) -> None:
    """Every .bin of the sets that have four numbers a point, and nuScenes' with five."""
    sets = ("kitti_raw", "kitti_object", "kitti_object_front", "kitti_object_more", "semantic_kitti", "pandaset")
    files = [file for name in sets for file in sorted((real / name).rglob("*.bin"))]
    assert len(files) > 50
    for file in files:
        np.testing.assert_array_equal(read_points(file).points, np.fromfile(file, "<f4").reshape(-1, 4), str(file))
    for file in sorted((real / "nuscenes").glob("*.bin")):
        found, rows = read_points(file), np.fromfile(file, "<f4").reshape(-1, 5)
        np.testing.assert_array_equal(found.points, rows[:, :4])
        np.testing.assert_array_equal(found.ring, rows[:, 4])


FIELDS = [("x", "<f4"), ("y", "<f4"), ("z", "<f8"), ("t", "<f8"), ("intensity", "u1"), ("ring", "<u2")]


def test_fields_of_an_array_are_read_by_name(tmp_path: Path) -> None:
    array = np.zeros(len(SCAN), FIELDS)
    for column, name in enumerate(("x", "y", "z")):
        array[name] = SCAN[:, column]
    array["intensity"], array["ring"] = 77, RING
    np.save(tmp_path / "a.npy", array)
    found = read_points(tmp_path / "a.npy")
    np.testing.assert_array_equal(found.points[:, :3], SCAN[:, :3])
    assert found.points[:, 3].tolist() == [77] * len(SCAN)
    assert found.ring is not None
    assert found.ring.tolist() == RING.tolist()


def test_an_organised_array_of_fields(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((3, 5), FIELDS))
    assert read_points(tmp_path / "a.npy").points.tolist() == [[1, 1, 1, 1]] * 15


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (SCAN.T, "transpose it"),
        (SCAN.T[:3], "transpose it"),
        (np.zeros(9, [("x", "<f4"), ("y", "<f4")]), "no field z"),
        (np.zeros(9, [("x", "<f4"), ("y", "<f4"), ("z", "U3")]), "not numbers"),
        (np.zeros(9), "expected points"),
    ],
)
def test_arrays_that_are_no_points(tmp_path: Path, array: np.ndarray, says: str) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(InputError, match=rf"a\.npy: .*{says}"):
        read_points(tmp_path / "a.npy")


@pytest.mark.parametrize("name", ["scalar_label", "x", "intensity"])
@pytest.mark.parametrize("text", [True, False])
def test_a_property_of_ply_that_occurs_twice(tmp_path: Path, name: str, text: bool) -> None:
    head = f"ply\nformat {'ascii' if text else 'binary_little_endian'} 1.0\nelement vertex 3\n"
    head += "".join(f"property float {one}\n" for one in ("x", "y", "z", "intensity", "scalar_label", name))
    rows = np.column_stack([SCAN[:3], [[8, 9]] * 3]).astype("<f4")
    body = "\n".join(" ".join(f"{value:.9g}" for value in row) for row in rows).encode() if text else rows.tobytes()
    (tmp_path / "a.ply").write_bytes(head.encode() + b"end_header\n" + body)
    np.testing.assert_array_equal(read_points(tmp_path / "a.ply").points, SCAN[:3])


def pcd(fields: str, rows: str, *lines: str) -> bytes:
    count = len(rows.splitlines())
    head = ["VERSION .7", fields, *lines, f"WIDTH {count}", "HEIGHT 1", f"POINTS {count}", "DATA ascii"]
    return ("\n".join(head) + f"\n{rows}").encode()


@pytest.mark.parametrize(
    "data",
    [
        pcd("FIELDS x y z _ intensity", "1 2 3 .5\n4 5 6 1", "SIZE 4 4 4 1 4", "TYPE F F F U F", "COUNT 1 1 1 0 1"),
        pcd("COLUMNS x y z intensity", "1 2 3 .5\n4 5 6 1", "SIZE 4 4 4 4", "TYPE F F F F"),
        pcd("COLUMNS x y z intensity", "1 2 3 .5\n4 5 6 1"),
        pcd("FIELDS x y z intensity", "1 2 3 .5\r\n4 5 6 1\r\n"),
    ],
    ids=["COUNT 0", "COLUMNS", "the first version", "Windows' line ends"],
)
def test_headers_of_pcd(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pcd").write_bytes(data)
    assert read_points(tmp_path / "a.pcd").points.tolist() == [[1, 2, 3, 0.5], [4, 5, 6, 1]]


def test_padding_that_is_named_and_not_written(tmp_path: Path) -> None:
    lines = ("SIZE 4 4 4 1 4 1", "TYPE F F F U F U", "COUNT 1 1 1 0 1 12")
    head = pcd("FIELDS x y z _ intensity _", "\n\n\n", *lines).replace(b"ascii", b"binary").rstrip(b"\n") + b"\n"
    rows = np.zeros(3, [("p", "<f4", 4), ("padding", "u1", 12)])
    rows["p"] = SCAN[:3]
    (tmp_path / "a.pcd").write_bytes(head + rows.tobytes())
    np.testing.assert_array_equal(read_points(tmp_path / "a.pcd").points, SCAN[:3])


@pytest.mark.parametrize("word", ["nan", "NaN", "-nan", "-nan(ind)", "nan(snan)", "-1.#IND", "1.#QNAN", "1.#IND00"])
def test_words_for_no_number(tmp_path: Path, word: str) -> None:
    (tmp_path / "a.pcd").write_bytes(pcd("COLUMNS x y z intensity", f"1 2 3 .5\n{word} {word} {word} 0\n4 5 6 1"))
    found = read_points(tmp_path / "a.pcd").points
    assert found[[0, 2]].tolist() == [[1, 2, 3, 0.5], [4, 5, 6, 1]]
    assert np.isnan(found[1, :3]).all()


@pytest.mark.parametrize("word", ["1.#INF", "-1.#INF", "inf"])
def test_words_for_infinity(tmp_path: Path, word: str) -> None:
    (tmp_path / "a.pcd").write_bytes(pcd("COLUMNS x y z intensity", f"{word} 2 3 .5\n4 5 6 1"))
    assert np.isinf(read_points(tmp_path / "a.pcd").points[0, 0])


@pytest.mark.parametrize("missing", ["nan nan nan", "0 0 0"])
def test_a_point_without_a_return_needs_no_ring(tmp_path: Path, missing: str) -> None:
    (tmp_path / "a.pcd").write_bytes(pcd("COLUMNS x y z ring", f"1 2 3 31\n{missing} 65535"))
    found = read_points(tmp_path / "a.pcd")
    assert found.ring is not None
    assert found.ring.tolist() == [31, 0]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("1 2 3 .5\n4 5 6 1\n", [[1, 2, 3, 0.5], [4, 5, 6, 1]]),
        ("\ufeff1 2 3 .5\r\n4 5 6 1\r\n\r\n", [[1, 2, 3, 0.5], [4, 5, 6, 1]]),
        ("1 2 3", [[1, 2, 3, 0]]),
        ("1 2 3 .5 7 8", [[1, 2, 3, 0.5]]),
        ("", []),
    ],
)
def test_points_as_text(tmp_path: Path, text: str, points: list[list[float]]) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert read_points(tmp_path / "a.txt").points.tolist() == points


@pytest.mark.parametrize("text", [b"1 2 3 4\n5 6 7\n", b"x y z\n1 2 3", b"1 2\n3 4", b"\xff\x00\x81", b"1,2,3,4"])
def test_text_that_is_no_points(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(text)
    with pytest.raises(InputError, match=r"a\.txt: no points as text") as caught:
        read_points(tmp_path / "a.txt")
    assert "\n" not in str(caught.value)
