"""Scans of a source by their position."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drive import street, write_drive

from data.sources import open_source


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return open_source(write_drive(tmp_path_factory.mktemp("positions"), frames=4))


@pytest.mark.parametrize(("position", "number"), [(0, 0), (3, 3), (-1, 3), (-4, 0), (np.int64(2), 2)])
def test_a_scan_by_its_position(source, position, number):
    scan = source[position]
    assert (scan.frame, len(scan)) == (number, len(street(number)))


@pytest.mark.parametrize(
    ("part", "numbers"), [(slice(1, 3), [1, 2]), (slice(None, None, -1), [3, 2, 1, 0]), (slice(-2, None), [2, 3])]
)
def test_a_slice_is_a_source(source, part, numbers):
    part = source[part]
    assert type(part) is type(source)
    assert [scan.frame for scan in part] == numbers
    assert len(part) == len(numbers)
    assert part[0].frame == numbers[0]


@pytest.mark.parametrize("position", [4, -5])
def test_there_is_none(source, position):
    with pytest.raises(IndexError, match="there are 4"):
        source[position]


def test_a_position_is_a_number(source):
    with pytest.raises(TypeError):
        source["0000000001"]
