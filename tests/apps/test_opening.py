"""Frames that a command line names."""

from __future__ import annotations

import pytest
from helpers.drive import write_drive

from apps.opening import find_frame
from data.sources import open_source
from projection import InputError


@pytest.mark.parametrize("name", ["0000000001", "1", "0001"])
def test_a_frame_is_found_by_name_and_by_number(tmp_path, name):
    assert find_frame(open_source(write_drive(tmp_path)), name).number == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("7", "no frame 7 among its 3"),
        ("third", "no frame 'third'; the first is called '0000000000'"),
        ("²", "no frame"),
    ],
)
def test_a_frame_that_is_not_there_is_told(tmp_path, name, message):
    with pytest.raises(InputError, match=message):
        find_frame(open_source(write_drive(tmp_path)), name)
