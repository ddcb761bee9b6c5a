from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from data.kitti.calibration import object_calibration, raw_camera
from data.kitti.camera import Camera, inside_rectangle, png_size
from projection.errors import InputError

# In the LiDAR's place, looking ahead.
CAMERA = Camera(np.array([[621.0, -700, 0, 0], [187.5, 0, -700, 0], [1, 0, 0, 0]]), (1242, 375))


@pytest.mark.parametrize(
    ("point", "pixel", "inside"),
    [
        ((10, 0, 0), (621, 187.5), True),
        ((10, 1, 0), (551, 187.5), True),  # left
        ((10, 0, -1), (621, 257.5), True),  # below
        ((10, 10, 0), (-79, 187.5), False),
        ((10, 0, 5), (621, -162.5), False),
        ((-10, 0, 0), (np.nan, np.nan), False),
        ((0, 0, 0), (np.nan, np.nan), False),
        ((np.nan, 0, 0), (np.nan, np.nan), False),
    ],
)
def test_where_a_point_shows(point: tuple[float, ...], pixel: tuple[float, float], inside: bool) -> None:
    points = np.array([(*point, 1)], np.float32)
    np.testing.assert_allclose(CAMERA.pixels(points)[0], pixel, atol=1e-4)
    assert CAMERA.inside(points).tolist() == [inside]


def test_an_image_begins_with_its_first_pixel_and_ends_before_its_size() -> None:
    pixels = np.array([[0, 0], [1241.9, 374.9], [1242, 100], [100, 375], [-0.1, 100], [100, -0.1]])
    assert inside_rectangle(pixels, (0, 0, 1242, 375)).tolist() == [True, True, False, False, False, False]


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


@pytest.mark.parametrize(
    ("data", "size"), [(png(1224, 370), (1224, 370)), (png(0, 1), None), (b"", None), (b"JFIF" * 9, None)]
)
def test_the_size_in_a_png_header(tmp_path: Path, data: bytes, size: tuple[int, int] | None) -> None:
    (tmp_path / "a.png").write_bytes(data)
    assert png_size(tmp_path / "a.png") == size


def test_no_image_has_no_size(tmp_path: Path) -> None:
    assert png_size(tmp_path / "a.png") is None


def test_raw_and_object_calibration_agree(real: Path) -> None:
    """The raw files in the real scans were rebuilt from an object frame's."""
    raw = raw_camera(real / "kitti_raw" / "2011_09_26")
    benchmark, _ = object_calibration(real / "kitti_object" / "training" / "calib" / "000623.txt")
    assert raw is not None
    points = np.random.default_rng(0).uniform((5, -8, -2), (50, 8, 2), (200, 3)).astype(np.float32)
    assert raw.size == (1242, 375)
    np.testing.assert_allclose(raw.pixels(points), benchmark.pixels(points), atol=0.05)


def test_no_calibration_is_no_camera(tmp_path: Path) -> None:
    assert raw_camera(tmp_path) is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("P2: 700", "P3: 700", "no entry P2"),
        ("R0_rect: 1 0", "R0_rect: 1", "R0_rect needs 9"),
        ("R0_rect: 1 0", "R0_rect: nan 0", "R0_rect needs 9"),
        ("R0_rect: 1 0", "R0_rect: 0 0", "no rotation"),
        ("P2: 700", "P2: seven", "no KITTI calibration"),
        ("P2: 700", "P2 700", "no KITTI calibration"),
    ],
)
def test_broken_calibration_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (
        "P2: 700 0 621 0 0 700 187.5 0 0 0 1 0\nR0_rect: 1 0 0 0 1 0 0 0 1\nTr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0\n"
    )
    (tmp_path / "calib.txt").write_text(text.replace(old, new))
    with pytest.raises(InputError, match=says):
        object_calibration(tmp_path / "calib.txt")
