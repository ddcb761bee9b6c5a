from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.formats import read_points
from data.formats.lzf import decompress
from projection.errors import InputError

POINTS = np.array([[1, 2, 3, 0.5], [-4, 5.5, -6, 0.25], [7, 8, 9, 1]], np.float32)
RING = np.array([0, 5, 63], np.uint8)


def ply(kind: str, scalar: str = "float", extra: str = "", ring: bool = True, before: str = "") -> bytes:
    order = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}[kind]
    head = f"ply\nformat {kind} 1.0\ncomment made here\n{before}element vertex 3\n"
    head += "".join(f"property {scalar} {name}\n" for name in ("x", "y", "z", "intensity"))
    head += (
        ("property uchar ring\n" if ring else "") + extra + "element face 0\nproperty list uchar int v\nend_header\n"
    )
    code = "d" if scalar == "double" else "f"
    body = b""
    for point, beam in zip(POINTS, RING, strict=True):
        if kind == "ascii":
            body += (" ".join(f"{value:g}" for value in point) + (f" {beam}" if ring else "") + "\n").encode()
        else:
            body += struct.pack(f"{order}4{code}", *point) + (struct.pack("B", beam) if ring else b"")
    return head.encode() + body


def literals(data: bytes) -> bytes:
    """LZF without any compression."""
    runs = [data[i : i + 32] for i in range(0, len(data), 32)]
    return b"".join(bytes([len(run) - 1]) + run for run in runs)


def pcd(encoding: str, intensity: str = "intensity", count_line: str = "COUNT 1 1 1 3 1 1") -> bytes:
    """With a padding field of three bytes between z and intensity."""
    head = (
        f"# .PCD v0.7\nVERSION 0.7\nFIELDS x y z _ {intensity} ring\nSIZE 4 4 4 1 4 2\nTYPE F F F U F U\n{count_line}\n"
    )
    head += f"WIDTH 3\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 3\nDATA {encoding}\n"
    if encoding == "ascii":
        rows = zip(POINTS, RING, strict=True)
        body = "".join(f"{x:g} {y:g} {z:g} 0 0 0 {i:g} {ring}\n" for (x, y, z, i), ring in rows).encode()
    elif encoding == "binary":
        rows = zip(POINTS, RING, strict=True)
        body = b"".join(struct.pack("<3f3xfH", *point, ring) for point, ring in rows)
    else:
        columns = [POINTS[:, 0], POINTS[:, 1], POINTS[:, 2], np.zeros(9, np.uint8), POINTS[:, 3], RING.astype("<u2")]
        raw = b"".join(column.tobytes() for column in columns)
        packed = literals(raw)
        body = struct.pack("<2I", len(packed), len(raw)) + packed
    return head.encode() + body


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.ply", ply("ascii")),
        ("a.ply", ply("binary_little_endian")),
        ("a.ply", ply("binary_big_endian")),
        ("a.ply", ply("binary_little_endian", "double")),
        ("A.PLY", ply("ascii").replace(b"intensity", b"Reflectance").replace(b"ring", b"channel")),
        ("a.ply", ply("ascii").replace(b"\n", b"\r\n")),
        ("a.pcd", pcd("ascii")),
        ("a.pcd", pcd("binary")),
        ("a.pcd", pcd("binary_compressed")),
        ("a.pcd", pcd("binary", intensity="i")),
        ("a.pcd", pcd("ascii", intensity="reflectivity").replace(b" ring\n", b" laser_id\n")),
        ("a.pcd", pcd("binary", intensity="intensities").replace(b" ring\n", b" line\n")),
    ],
)
def test_points_and_ring_are_read(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    file = read_points(tmp_path / name)
    assert np.array_equal(file.points, POINTS)
    assert file.ring is not None
    assert np.array_equal(file.ring, RING)


def test_bin_is_four_floats_a_point(tmp_path: Path) -> None:
    POINTS.tofile(tmp_path / "a.bin")
    assert np.array_equal(read_points(tmp_path / "a.bin").points, POINTS)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", "i4", "u1"])
def test_npy_of_any_number_type(tmp_path: Path, dtype: str) -> None:
    array = np.abs(POINTS).astype(dtype)
    np.save(tmp_path / "a.npy", array)
    assert np.array_equal(read_points(tmp_path / "a.npy").points, array.astype(np.float32))


@pytest.mark.parametrize("columns", [3, 4, 7])
def test_npy_lacks_intensity_or_has_more(tmp_path: Path, columns: int) -> None:
    np.save(tmp_path / "a.npy", np.ones((5, columns), np.float32))
    assert read_points(tmp_path / "a.npy").points.tolist() == [[1, 1, 1, float(columns > 3)]] * 5


def test_missing_intensity_is_zero(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_bytes(ply("ascii").replace(b"intensity", b"curvature"))
    assert np.array_equal(read_points(tmp_path / "a.ply").points[:, 3], np.zeros(3))


@pytest.mark.parametrize("kind", ["ascii", "binary_little_endian"])
def test_elements_before_the_vertices_are_skipped(tmp_path: Path, kind: str) -> None:
    head, _, body = ply(kind, before="element camera 2\nproperty float view\n").partition(b"end_header\n")
    camera = b"1\n2\n" if kind == "ascii" else struct.pack("<2f", 1, 2)
    (tmp_path / "a.ply").write_bytes(head + b"end_header\n" + camera + body)
    assert np.array_equal(read_points(tmp_path / "a.ply").points, POINTS)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.bin", b""),
        ("a.ply", ply("ascii").replace(b"vertex 3", b"vertex 0")),
        ("a.ply", ply("binary_big_endian").replace(b"vertex 3", b"vertex 0")),
        ("a.pcd", pcd("binary").replace(b"POINTS 3", b"POINTS 0")),
        ("a.pcd", pcd("binary_compressed").replace(b"POINTS 3", b"POINTS 0")),
    ],
)
def test_no_points_is_an_empty_scan(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert read_points(tmp_path / name).points.shape == (0, 4)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.bin", b"x" * 17, "no multiple of 16"),
        ("a.xyz", b"", "unknown suffix '.xyz'"),
        ("a.npy", b"junk", "no .npy file"),
        ("a.npy", b"PK\x03\x04", "no .npy file"),
        ("a.ply", b"junk", "no header"),
        ("a.ply", ply("ascii")[:-20], "cut short"),
        ("a.ply", ply("binary_little_endian")[:-1], "cut short"),
        ("a.ply", ply("binary_little_endian").replace(b"vertex 3", b"vertex 999999999999"), "cut short"),
        ("a.ply", ply("ascii").replace(b"vertex 3", b"vertex 999999999999"), "cut short"),
        ("a.ply", ply("ascii").replace(b"float y", b"float q"), "no field y"),
        ("a.ply", ply("ascii").replace(b"5.5", b"abc"), "broken PLY"),
        ("a.ply", ply("ascii", extra="property list uchar int i\n"), "lists"),
        ("a.ply", ply("ascii").replace(b" 63", b" 300"), "ring field"),
        ("a.pcd", b"VERSION 0.7\n", "no header"),
        ("a.pcd", pcd("binary")[:-1], "cut short"),
        ("a.pcd", pcd("binary").replace(b"POINTS 3", b"POINTS 999999999999"), "cut short"),
        ("a.pcd", pcd("ascii").replace(b"POINTS 3", b"POINTS 999999999999"), "cut short"),
        ("a.pcd", pcd("binary_compressed").replace(b"POINTS 3", b"POINTS 999999999999"), "don't match"),
        ("a.pcd", pcd("binary_compressed")[:-1], "cut short"),
        ("a.pcd", pcd("binary", count_line="COUNT 1"), "don't match"),
        ("a.pcd", pcd("binary").replace(b"DATA binary", b"DATA zip"), "as 'zip'"),
    ],
)
def test_broken_files_are_named_in_one_line(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=says) as caught:
        read_points(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.array([{}, []], dtype=object), "not numbers"),
        (np.array(["a", "b"]), "not numbers"),
        (np.zeros(4, bool), "not numbers"),
        (np.zeros((3, 4), complex), "not numbers"),
        (np.zeros((3, 2), np.float32), "expected points"),
        (np.zeros((3, 4, 5), np.float32), "expected points"),
    ],
)
def test_npy_of_another_type_or_shape(tmp_path: Path, array: np.ndarray, says: str) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(InputError, match=says):
        read_points(tmp_path / "a.npy")


def test_npy_that_promises_more_than_it_holds(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", POINTS)
    data = (tmp_path / "a.npy").read_bytes().replace(b"(3, 4)", b"(999999999, 4)")
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(InputError, match="cut short"):
        read_points(tmp_path / "a.npy")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_points(tmp_path / "none.bin")


def compress(data: bytes) -> bytes:
    """A slow LZF compressor: the longest earlier match at each place, else a literal."""
    out, run, i = b"", b"", 0

    def flush() -> bytes:
        return literals(run)

    while i < len(data):
        best, distance = 0, 0
        for start in range(max(0, i - 8192), i):
            length = 0
            while length < 264 and i + length < len(data) and data[start + length] == data[i + length]:
                length += 1
            if length > best:
                best, distance = length, i - start - 1
        if best >= 3:
            out += flush()
            run = b""
            head = min(best - 2, 7) << 5 | distance >> 8
            out += bytes([head, *([best - 9] if best >= 9 else []), distance & 255])
            i += best
        else:
            run += data[i : i + 1]
            i += 1
    return out + flush()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([b"a", b"ab" * 9, b"c", b"\0" * 300, b"xyz"]), max_size=12))
def test_lzf_undoes_compression(parts: list[bytes]) -> None:
    data = b"".join(parts)
    target = np.zeros(len(data), np.uint8)
    assert decompress(np.frombuffer(compress(data), np.uint8), target) == len(data)
    assert target.tobytes() == data


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200), st.integers(0, 100))
def test_lzf_survives_any_stream(stream: bytes, size: int) -> None:
    target = np.zeros(size, np.uint8)
    assert -1 <= decompress(np.frombuffer(stream, np.uint8), target) <= size
