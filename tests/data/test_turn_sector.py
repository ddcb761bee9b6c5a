"""A scan that is there as a whole, cut into the sectors of a turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.scans import SMALL, full_scan

from data.scan import Scan
from data.turn_sector import cut_turn
from projection import assign_beams


@pytest.mark.parametrize("count", [8, 16])
def test_sectors_have_every_point_once_and_the_last_has_the_scan(count):
    points, _, _ = full_scan(SMALL)
    points[7], points[9] = np.nan, 0
    scan = Scan(points, 4, "four", 1.5)
    sectors = list(cut_turn(scan, 2, count, SMALL))
    assert [(one.turn, one.number, one.count) for one in sectors] == [(2, k, count) for k in range(count)]
    np.testing.assert_array_equal(np.sort(np.concatenate([one.places for one in sectors])), np.arange(len(scan)))
    for one in sectors:
        np.testing.assert_array_equal(one.scan.points, points[one.places])
        assert (one.scan.frame, one.scan.name, one.scan.stamp) == (4, "four", 1.5)
        assert one.last == (one.whole is scan) == (one.number == count - 1)


def test_they_begin_behind_and_go_clockwise():
    points, _, _ = full_scan(SMALL)
    for one in cut_turn(Scan(points), 0, 8, SMALL):
        azimuths = np.degrees(np.arctan2(one.scan.points[:, 1], one.scan.points[:, 0]))
        assert ((azimuths <= 180 - 45 * one.number) & (azimuths >= 135 - 45 * one.number)).all()


def test_the_beams_are_those_of_the_whole_scan():
    points, beams, _ = full_scan(SMALL)
    found = [one.scan.ring for one in cut_turn(Scan(points), 0, 8, SMALL)]
    places = [one.places for one in cut_turn(Scan(points), 0, 8, SMALL)]
    np.testing.assert_array_equal(np.concatenate(found), assign_beams(points, SMALL)[np.concatenate(places)])
    told = next(cut_turn(Scan(points, ring=beams[::-1].copy()), 0, 8, SMALL))
    np.testing.assert_array_equal(told.scan.ring, beams[::-1][told.places])
    assert next(cut_turn(Scan(points), 0, 8, replace(SMALL, rows="elevation"))).scan.ring is None
