from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.real import PUBLISHED_IMAGES
from numpy.typing import NDArray

from data.labels import CLASS_MAPS
from data.sources import open_source
from data.sources.squeezeseg_npy import SqueezeSegNpy
from projection import project
from projection.errors import InputError

DEFAULT = CLASS_MAPS["default"]


def image() -> NDArray[np.float32]:
    """Three returns: two in row 0, one in row 63."""
    pixels = np.zeros((64, 512, 6), np.float32)
    pixels[0, 3] = (9, 1, 0, 0.5, 9.06, 1)
    pixels[0, 9] = (9, 0, 0, 0.5, 9, 0)
    pixels[63, 1] = (4, 2, -1, 0.5, 4.58, 3)
    return pixels


def test_pixels_with_a_return_are_the_scan(tmp_path: Path) -> None:
    np.save(tmp_path / "2011_09_26_0001_0000000010.npy", image())
    source = open_source(tmp_path)
    (frame,) = source.frames
    scan = source.scan(frame)
    assert isinstance(source, SqueezeSegNpy)
    assert (frame.number, frame.name) == (10, "2011_09_26_0001_0000000010")
    assert scan.points.tolist() == [[9, 1, 0, 0.5], [9, 0, 0, 0.5], [4, 2, -1, 0.5]]
    assert scan.ring is not None
    assert scan.ring.tolist() == [0, 0, 63]
    truth = source.truth(frame, scan, DEFAULT)
    assert truth is not None
    assert truth.tolist() == [1, 0, 3]
    assert source.sensor.name == "hdl64_front"


def test_a_single_file_opens(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", image())
    assert isinstance(open_source(tmp_path / "a.npy"), SqueezeSegNpy)


def test_points_among_range_images_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", image())
    np.save(tmp_path / "b.npy", np.zeros((9999, 4), np.float32))
    source = open_source(tmp_path)
    with pytest.raises(InputError, match=r"b\.npy: expected a range image"):
        source.scan(source.frames[1])


def test_unknown_labels_are_refused(tmp_path: Path) -> None:
    pixels = image()
    pixels[0, 3, 5] = 7
    np.save(tmp_path / "a.npy", pixels)
    source = open_source(tmp_path)
    with pytest.raises(InputError, match="labels other than 0 to 3"):
        source.truth(source.frames[0], source.scan(source.frames[0]), DEFAULT)


def test_the_published_pixels_come_back_to_their_rows(real: Path) -> None:
    source = open_source(real / PUBLISHED_IMAGES)
    assert [frame.number for frame in source.frames] == [10, 30, 40, 50]
    scan = source.scan(source.frames[0])
    assert scan.ring is not None
    seen = project(scan.points, source.sensor, scan.ring)
    assert np.count_nonzero(seen.pixel >= 0) > 0.99 * len(scan)
