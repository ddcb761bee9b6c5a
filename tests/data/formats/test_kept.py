"""Files of points without some of them."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from data.formats import read_points
from data.formats.kept import write_kept
from projection import InputError

COUNT = 200
KEEP = np.arange(COUNT) % 3 != 1
RNG = np.random.default_rng(0)
TABLE = np.zeros(COUNT, [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("t", "<f8"), ("intensity", "<u2")])
for _name in "xyz":
    TABLE[_name] = np.cumsum(RNG.normal(0, 0.1, COUNT))
TABLE["t"], TABLE["intensity"] = RNG.random(COUNT), RNG.integers(0, 255, COUNT)
PLY = "ply\nformat {}\ncomment mine\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n"
PLY += "property double t\nproperty ushort intensity\nend_header\n"
PCD = "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z t intensity\nSIZE 4 4 4 8 2\nTYPE F F F F U\nCOUNT 1 1 1 1 1\n"
PCD += "WIDTH {}\nHEIGHT {}\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {}\nDATA {}\n"


def lines(rows):
    return "".join(" ".join(str(value) for value in row) + "\n" for row in rows.tolist()).encode()


def literal_lzf(data):
    """Compressed without saving anything: runs of 32 bytes as they are."""
    runs = (data[start : start + 32] for start in range(0, len(data), 32))
    return b"".join(bytes([len(run) - 1]) + run for run in runs)


def compressed(rows):
    raw = b"".join(rows[name].tobytes() for name in rows.dtype.names)
    packed = literal_lzf(raw)
    return struct.pack("<II", len(packed), len(raw)) + packed


def ply(encoding, write):
    return lambda rows: PLY.format(encoding, len(rows)).encode() + write(rows)


def pcd(encoding, write):
    return lambda rows: PCD.format(len(rows), 1, len(rows), encoding).encode() + write(rows)


ROWS = np.stack([TABLE[name] for name in ("x", "y", "z", "t", "t")], axis=1).astype("<f4")


@pytest.mark.parametrize(
    ("name", "made", "table"),
    [
        ("a.bin", lambda rows: rows.tobytes(), ROWS[:, :4]),
        ("a.bin", lambda rows: rows.tobytes(), ROWS),
        ("a.ply", ply("binary_little_endian 1.0", lambda rows: rows.tobytes()), TABLE),
        ("a.ply", ply("binary_big_endian 1.0", lambda rows: rows.tobytes()), TABLE.astype(TABLE.dtype.newbyteorder())),
        ("a.ply", ply("ascii 1.0", lines), TABLE),
        ("a.pcd", pcd("binary", lambda rows: rows.tobytes()), TABLE),
        ("a.pcd", pcd("ascii", lines), TABLE),
    ],
)
def test_what_is_kept_is_as_it_was_to_the_last_byte(tmp_path, name, made, table):
    (tmp_path / name).write_bytes(made(table))
    write_kept(tmp_path / name, tmp_path / "out" / name, KEEP)
    assert (tmp_path / "out" / name).read_bytes() == made(table[KEEP])


def test_a_compressed_pcd_becomes_a_binary_one(tmp_path):
    (tmp_path / "a.pcd").write_bytes(pcd("binary_compressed", compressed)(TABLE))
    write_kept(tmp_path / "a.pcd", tmp_path / "b.pcd", KEEP)
    assert (tmp_path / "b.pcd").read_bytes() == pcd("binary", lambda rows: rows.tobytes())(TABLE[KEEP])


def test_an_organised_cloud_is_no_longer_one(tmp_path):
    (tmp_path / "a.pcd").write_bytes(PCD.format(20, 10, COUNT, "binary").encode() + TABLE.tobytes())
    write_kept(tmp_path / "a.pcd", tmp_path / "b.pcd", KEEP)
    assert len(read_points(tmp_path / "b.pcd").points) == KEEP.sum()
    assert b"\nHEIGHT 1\n" in (tmp_path / "b.pcd").read_bytes()


@pytest.mark.parametrize("array", [ROWS, TABLE, ROWS.astype(np.float64)])
def test_arrays_keep_their_type(tmp_path, array):
    np.save(tmp_path / "a.npy", array)
    write_kept(tmp_path / "a.npy", tmp_path / "b.npy", KEEP)
    kept = np.load(tmp_path / "b.npy")
    assert kept.dtype == array.dtype
    assert kept.tobytes() == array[KEEP].tobytes()


@pytest.mark.parametrize("keep", [np.zeros(COUNT, bool), np.ones(COUNT, bool)])
def test_none_and_all(tmp_path, keep):
    (tmp_path / "a.bin").write_bytes(ROWS[:, :4].tobytes())
    write_kept(tmp_path / "a.bin", tmp_path / "b.bin", keep)
    assert (tmp_path / "b.bin").read_bytes() == ROWS[keep, :4].tobytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.bin", ROWS.tobytes()[:-4]),
        ("a.ply", ply("ascii 1.0", lines)(TABLE[:-1])),
        (
            "a.ply",
            PLY.replace("end_header", "element face 0\nend_header").format("ascii 1.0", COUNT).encode() + lines(TABLE),
        ),
        ("a.pcd", b"nothing"),
        ("a.txt", b"1 2 3\n" * COUNT),
        ("gone.bin", None),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_written(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        write_kept(tmp_path / name, tmp_path / "out.bin", KEEP)
    assert not (tmp_path / "out.bin").exists()
