"""Whatever the bytes, a reader reads them or says in one line that it can't."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.results import segmentation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.formats import read_points
from data.formats.label import read_labels
from data.kitti.calibration import object_calibration, raw_camera
from data.kitti.object_labels import read_object_labels
from data.kitti.tracklets import Tracklet, read_tracklets, write_tracklets
from data.scan import Scan
from data.sensor_file import load_sensor
from data.sinks import write_scan
from data.sources.selection import read_split
from projection.errors import InputError

N = 5
SCAN = Scan(np.linspace(-9, 9, N * 4, dtype=np.float32).reshape(N, 4))


def _raw_camera(path: Path) -> object:
    (path.parent / "calib_cam_to_cam.txt").write_bytes(path.read_bytes())
    (path.parent / "calib_velo_to_cam.txt").write_bytes(path.read_bytes())
    return raw_camera(path.parent)


def _good(path: Path) -> bytes:
    """The bytes of a well-formed file of this name."""
    match path.suffix:
        case ".bin":
            return SCAN.points.tobytes()
        case ".npy":
            np.save(path, SCAN.points)
        case ".ply" | ".pcd" | ".npz" | ".label":
            write_scan(path, SCAN, segmentation(np.zeros(N, np.uint8), np.zeros(N, np.float32)))
        case ".xml":
            write_tracklets(path, [Tracklet("Car", (4.0, 2.0, 1.5), 3, np.ones((2, 4)))])
        case ".yaml":
            return b"beams: {count: 4, top: 2, bottom: -2}\nview: [45, -45]\nheight: 1.7\n"
        case _:
            return b"P2: 1 0 0 0 0 1 0 0 0 0 1 0\nR_rect_00: 1 0 0 0 1 0 0 0 1\nR0_rect: 1 0 0 0 1 0 0 0 1\nT: 0 0 0\n"
    return path.read_bytes()


READERS: list[tuple[str, Callable[[Path], object]]] = [
    ("a.bin", read_points),
    ("a.npy", read_points),
    ("a.ply", read_points),
    ("a.pcd", read_points),
    ("a.npz", read_points),
    ("a.label", lambda path: read_labels(path, N)),
    ("a.xml", read_tracklets),
    ("a.yaml", load_sensor),
    ("calib.txt", object_calibration),
    ("raw.txt", _raw_camera),
    ("label.txt", read_object_labels),
    ("split.txt", read_split),
]


@pytest.mark.parametrize(("name", "read"), READERS, ids=[name for name, _ in READERS])
@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_bytes_are_read_or_refused(
    tmp_path: Path, name: str, read: Callable[[Path], object], data: st.DataObject
) -> None:
    path = tmp_path / name
    content = bytearray(_good(path))
    kind = data.draw(st.sampled_from(["random", "cut", "changed", "swapped"]))
    if kind == "random":
        content = bytearray(data.draw(st.binary(max_size=100)))
    elif kind == "cut":
        del content[data.draw(st.integers(0, len(content))) :]
    elif kind == "changed":
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    else:
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + 1] = data.draw(
            st.sampled_from([b"-1", b"nan", b"99999999999", b"[[[[", b"&a;", b"\n\n", b"'"])
        )
    path.write_bytes(content)
    try:
        read(path)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right
