"""What may be handed to a segmenter."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drive import street, write_drive
from helpers.scans import SMALL, polar

from data.scan import Scan
from projection import InputError
from squeezeseg.inference.scan_input import as_scan

POINTS = polar(10, [0, 5, 10], 0)
FIELDS = np.zeros(3, [(name, "<f4") for name in "xyz"] + [("intensity", "<f8"), ("ring", "<u2")])
for axis, field in enumerate(("x", "y", "z", "intensity")):
    FIELDS[field] = POINTS[:, axis]
FIELDS["ring"] = [2, 1, 0]


@pytest.mark.parametrize(
    "given",
    [POINTS, POINTS.astype(np.float64), POINTS.tolist(), np.asfortranarray(POINTS), Scan(POINTS), FIELDS],
    ids=["float32", "float64", "list", "by column", "scan", "fields"],
)
def test_points_as_other_libraries_have_them(given):
    scan = as_scan(given)
    np.testing.assert_array_equal(scan.points, POINTS)
    assert scan.points.dtype == np.float32


def test_points_without_intensity_have_none():
    np.testing.assert_array_equal(as_scan(POINTS[:, :3].astype(np.float64)).points, POINTS * [1, 1, 1, 0])


def test_beams_of_fields_and_those_that_are_given():
    assert as_scan(FIELDS).ring.tolist() == [2, 1, 0]
    assert as_scan(POINTS, np.array([3, 4, 5], np.uint8)).ring.tolist() == [3, 4, 5]


@pytest.mark.parametrize("kind", [np.asarray, Scan])
@pytest.mark.parametrize(("unit", "largest"), [("0..1", 1), ("0..255", 255), ("0..65535", 65535), ("0..100", 100)])
def test_intensities_in_their_unit(kind, unit, largest):
    points = POINTS * np.float32([1, 1, 1, largest])
    before = points.copy()
    np.testing.assert_allclose(as_scan(kind(points), intensity=unit).points, POINTS, rtol=1e-6)
    np.testing.assert_array_equal(points, before)


def test_an_array_may_be_changed_afterwards_and_a_stream_copies_nothing():
    assert not np.shares_memory(as_scan(POINTS).points, POINTS)
    assert as_scan(POINTS, copy=False).points is POINTS


def test_beams_that_count_upwards():
    table = np.zeros(3, [(name, "<f4") for name in "xyz"] + [("ring", "<u2")])
    for axis, field in enumerate("xyz"):
        table[field] = polar(10, 0, [-10, 0, 3])[:, axis]
    table["ring"] = [0, 4, 7]
    assert as_scan(table, sensor=SMALL).ring.tolist() == [7, 3, 0]


def test_the_unit_of_a_file(tmp_path):
    np.save(tmp_path / "a.npy", street(0) * np.float32([1, 1, 1, 50]))
    scan = as_scan(tmp_path / "a.npy", sensor=SMALL, intensity="0..255")
    np.testing.assert_allclose(scan.points[:, 3], street(0)[:, 3] * 50 / 255, rtol=1e-5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((4, 9)), "transpose"),
        (np.zeros((9, 5)), r"points\[:, :4\]"),
        (np.zeros(12, np.float32), r"reshape\(-1, 4\)"),
        (np.zeros((2, 3, 4)), "expected points"),
        ([[1, 2, 3], [1, 2]], "expected points"),
        ([["a", "b", "c"]], "of numbers"),
        ([], "expected points"),
        (None, "expected points"),
        (FIELDS[["x", "y"]], "no field z"),
    ],
    ids=["lying", "wide", "flat", "deep", "ragged", "words", "nothing", "none", "two fields"],
)
def test_what_is_no_scan_is_told(given, message):
    with pytest.raises(InputError, match=message) as caught:
        as_scan(given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("unit", ["255", "0..0", "dB", "0..-1", ""])
def test_a_unit_that_is_none(unit):
    with pytest.raises(InputError, match="intensity"):
        as_scan(POINTS, intensity=unit)


def test_a_file_of_one_scan(tmp_path):
    drive = write_drive(tmp_path, frames=2)
    file = sorted(drive.rglob("*.bin"))[1]
    for path in (file, str(file)):
        scan = as_scan(path, sensor=SMALL)
        np.testing.assert_array_equal(scan.points, street(1))
        assert scan.name == "0000000001"
    with pytest.raises(InputError, match="holds 2 scans"):
        as_scan(drive)


@pytest.mark.parametrize("ring", [[3, 4, 5], np.array([3.0, 4.0, 5.0], np.float32), np.array([3, 4, 5])])
def test_beams_may_be_numbers_of_any_type(ring):
    assert as_scan(POINTS, ring).ring.tolist() == [3, 4, 5]


def test_beams_that_are_none_are_refused():
    with pytest.raises(InputError, match="ring field must hold beam numbers"):
        as_scan(POINTS, [0.5, 1, 2])
