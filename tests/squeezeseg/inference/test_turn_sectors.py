"""Turns labelled sector by sector: nearly as if whole, all points once, objects in one piece."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import segmenter
from helpers.real import DRIVE_0048
from helpers.scans import polar, turned

from data.scan import Scan
from data.sources import open_source
from data.turn_sector import cut_turn
from projection import PRESETS, InputError
from squeezeseg import Segmenter
from squeezeseg.inference.labelled_sector import brought_up_to_date
from squeezeseg.inference.turn_sectors import SectorLabeller

HDL64 = PRESETS["hdl64"]


def label(labeller, scans):
    """The labelled sectors of each scan, as the scan's last sector leaves them."""
    turns = []
    for turn, scan in enumerate(scans):
        sectors = []
        for one in cut_turn(scan, turn, labeller.count, labeller.sensor):
            sectors = brought_up_to_date(sectors, labeller(one))
        turns.append(sectors)
    return turns


def car(azimuth):
    """A shiny block of 4 m by 1.2 m, 12 m away, before dull ground all around, and the beams of its points."""
    sides, heights = np.meshgrid(np.arange(-2, 2, 0.05), np.arange(-1.4, -0.2, 0.08))
    block = np.stack([np.full(sides.size, 12.0), sides.ravel(), heights.ravel(), np.full(sides.size, 0.9)], axis=1)
    beams = np.repeat(np.arange(64), 720)
    elevation = np.asarray(HDL64.elevations)[beams]
    low = elevation < -2
    ground = polar(1.73 / np.sin(np.deg2rad(-elevation[low])), np.tile(np.arange(0, 360, 0.5), 64)[low], elevation[low])
    ground[:, 3] = 0.1
    return Scan(turned(np.concatenate([ground, block.astype(np.float32)]), azimuth))


@pytest.mark.parametrize("count", [8, 16])
@pytest.mark.parametrize("span", [1, 255])
def test_a_turn_that_was_labelled_in_sectors_is_the_scan_labelled_as_a_whole(count, span):
    scans = [Scan(street(seed) * np.array([1, 1, 1, span], np.float32), seed, f"{seed}") for seed in (3, 3)]
    whole = segmenter()
    labeller = SectorLabeller(whole, count)
    turns = [labeller.turn(sectors) for sectors in label(labeller, scans)]
    truth, found = whole(scans[1]), turns[1]
    assert found.scan is scans[1]
    assert (found.labels == truth.labels).mean() > 0.999
    np.testing.assert_array_equal(found.image.channels, truth.image.channels)
    np.testing.assert_array_equal(found.image.of_pixels(found.labels, 0), found.pixel_labels)
    assert [one.name for one in found.objects] == [one.name for one in truth.objects]


@pytest.mark.parametrize("azimuth", [0, 45, 90, 135, -170, 180])
def test_an_object_on_a_border_has_one_number_and_one_box(azimuth):
    labeller = SectorLabeller(segmenter(), 8)
    first, second = label(labeller, [car(azimuth)] * 2)
    numbers = [np.unique(one.instances[one.instances > 0]) for one in second]
    assert len(set(np.concatenate(numbers).tolist())) == 1
    boxes = {one.instance: one for sector in second for one in sector.objects}
    assert len(boxes) == 1
    x, y, _ = boxes.popitem()[1].box.centre
    away = (np.degrees(np.arctan2(y, x)) - azimuth + 180) % 360 - 180
    assert abs(away) < 2
    assert 11 < np.hypot(x, y) < 14
    whole = labeller.turn(second)
    assert set(np.unique(whole.instances)) == {0, 1}
    assert len(whole.objects) == 1
    assert sum((one.labels == 1).sum() for one in first) > 1000


def test_the_next_sector_revises_what_it_has_a_border_with():
    labeller = SectorLabeller(segmenter(), 8)
    scan, dull = car(0), car(0)
    dull.points[:, 3] = 0.1
    for one in cut_turn(dull, 0, 8, HDL64):
        labeller(one)
    first = [labeller(one) for one in cut_turn(scan, 1, 8, HDL64)]
    border = first[4].revised[0]
    assert [one.sector.number for one in first[4].revised] == [3]
    assert [one.sector.number for one in first[0].revised] == []  # that of the turn before has been handed on
    assert [one.sector.number for one in first[7].revised] == [6, 0]
    assert border.sector is first[3].sector
    far = np.degrees(np.arctan2(border.sector.scan.points[:, 1], border.sector.scan.points[:, 0])) > 13
    np.testing.assert_array_equal(border.labels[far], first[3].labels[far])
    truth = segmenter()(scan).labels[border.sector.places]
    assert (border.labels == truth).mean() > max(0.999, (first[3].labels == truth).mean() - 1e-9)


def test_what_was_lost_for_a_turn_is_no_context():
    labeller = SectorLabeller(segmenter(), 8)
    turns = [list(cut_turn(car(0), turn, 8, HDL64)) for turn in range(3)]
    for one in turns[0]:
        labeller(one)
    late = replace(turns[2][4], turn=2)
    window = labeller(late).window
    assert len(window.points) == len(late.scan)
    assert len(labeller(turns[2][5]).window.points) == len(late.scan) + len(turns[2][5].scan)


def test_a_sector_without_points_has_no_labels():
    labeller = SectorLabeller(segmenter(), 8)
    scan = car(0)
    ahead = Scan(scan.points[scan.points[:, 0] > 0])
    sectors = label(labeller, [ahead])[0]
    assert len(sectors[0].labels) == 0
    assert len(labeller.turn(sectors)) == len(ahead)


def test_a_turn_must_be_whole():
    labeller = SectorLabeller(segmenter(), 8)
    sectors = label(labeller, [car(0)])[0]
    assert labeller.is_whole(sectors)
    for part in ([], sectors[:-1], sectors[1:]):
        assert not labeller.is_whole(part)
    with pytest.raises(ValueError, match="all sectors"):
        labeller.turn(sectors[1:])


@pytest.mark.parametrize(
    ("view", "count", "error"), [("full", 7, "8 or 16"), ("full", 1, "8 or 16"), ("front", 8, "seen all around")]
)
def test_it_says_what_does_not_go(view, count, error):
    with pytest.raises(InputError, match=error):
        SectorLabeller(segmenter(view=view), count)


def test_sectors_of_few_columns_have_less_context():
    small = replace(HDL64, columns=64)
    assert label(SectorLabeller(segmenter(sensor=small), 8), [car(0)])[0][4].window.image.sensor.columns == 8 + 3 * 8


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("precision", ["float32", "int8"])
@pytest.mark.parametrize("model", ["fast", "squeezeseg"])
def test_real_scans_are_labelled_as_if_whole(real, model, precision):
    source = open_source(real / DRIVE_0048)
    scans = [source.scan(frame) for frame in source.frames[:5]]
    whole = Segmenter.load(model, sensor=source.sensor, engine="openvino", precision=precision)
    labeller = SectorLabeller(whole, 8)
    turns = [labeller.turn(sectors).labels for sectors in label(labeller, scans)]
    same = [(labels == whole(scan).labels).mean() for labels, scan in zip(turns[1:], scans[1:], strict=True)]
    assert np.mean(same) >= 0.995
