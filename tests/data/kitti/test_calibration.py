"""Entries of KITTI's calibration files, held to pykitti's reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pykitti.utils

from data.kitti.calibration import raw_camera, read_entries
from data.simulator.rig import calibration


def test_entries_are_those_of_pykitti(tmp_path: Path) -> None:
    for name, text in calibration().items():
        path = tmp_path / name
        path.write_text("calib_time: 09-Jan-2012 13:57:47\n" + text)
        entries, expected = read_entries(path), pykitti.utils.read_calib_file(path)
        assert set(entries) == {"calib_time", *expected}
        for key, numbers in expected.items():
            np.testing.assert_array_equal([float(word) for word in entries[key].split()], numbers)


def test_dates_and_empty_lines_do_no_harm(tmp_path: Path) -> None:
    for name, text in calibration().items():
        (tmp_path / name).write_text(f"calib_time: 09-Jan-2012 13:57:47\n\n{text}\n\n")
    assert raw_camera(tmp_path) is not None
