"""nuScenes: its sensor, its axes and its folders."""

from __future__ import annotations

import numpy as np
import pytest

from data.sources import open_source
from projection import PRESETS
from projection.errors import InputError

NAME = "n008-2018-08-01-15-16-36-0400__LIDAR_TOP__{}.pcd.bin"


@pytest.fixture
def data_set(tmp_path):
    """Two sweeps of 32 beams, lowest first, that see a wall 10 m ahead, which is along y in the files."""
    folder = tmp_path / "samples" / "LIDAR_TOP"
    folder.mkdir(parents=True)
    (tmp_path / "v1.0-mini").mkdir()
    elevations = np.tan(np.radians(PRESETS["hdl32"].elevations[::-1]))
    x = np.linspace(-5, 5, 50)
    rows = [
        np.stack([x, np.full(50, 10.0), np.full(50, 10 * e), np.full(50, 80.0), np.full(50, ring)], axis=1)
        for ring, e in enumerate(elevations)
    ]
    for stamp in (1533151603547590, 1533151604048025):
        np.concatenate(rows).astype("<f4").tofile(folder / NAME.format(stamp))
    return tmp_path


@pytest.mark.parametrize("inner", ["", "samples", "samples/LIDAR_TOP"])
def test_found_from_any_of_its_folders(data_set, inner):
    source = open_source(data_set / inner)
    assert [frame.name for frame in source.frames] == [
        NAME.format(stamp).removesuffix(".pcd.bin") for stamp in (1533151603547590, 1533151604048025)
    ]
    assert (source.base_sensor.name, source.base_sensor.beams, source.base_sensor.height) == ("hdl32", 32, 1.84)


def test_what_lies_ahead_is_ahead(data_set):
    scan = open_source(data_set)[0]
    assert np.all(scan.points[:, 0] == 10)
    assert scan.points[0, 1] == pytest.approx(5)  # leftmost in the file, where x points right
    assert scan.ring[0] == 31


def test_a_folder_without_scans_names_one_that_has_some(tmp_path):
    inner = tmp_path / "mine" / "scans"
    inner.mkdir(parents=True)
    np.zeros((10, 4), "<f4").tofile(inner / "a.bin")
    with pytest.raises(InputError, match=r"no scans in the folder itself, but in .*mine/scans; give that"):
        open_source(tmp_path)
