"""Boxes of objects as cells tell them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.labels import CAR, PEDESTRIAN
from squeezeseg.detection.box_code import decode, encode, half_turn
from squeezeseg.detection.cells import CellGrid, cell_places
from squeezeseg.detection.joined import boxes_of_cells, boxes_of_objects, weighted_median
from squeezeseg.networks.box_cells import NUMBERS, outputs

BOX = np.array([[12.0, 2.0, -0.8, 4.2, 1.7, 1.5, 0.4]])
HEIGHT, WIDTH, STRIDE = 6, 64, 8


def wall(turn=0.0):
    """Channels of a wall 10 metres away, and its cells."""
    azimuth = np.pi - (np.arange(WIDTH) + 0.5) * (2 * np.pi / WIDTH) + turn
    channels = np.zeros((5, HEIGHT, WIDTH), np.float32)
    channels[0], channels[1], channels[4] = 10 * np.cos(azimuth), 10 * np.sin(azimuth), 10
    return channels, CellGrid.plain(HEIGHT, WIDTH, STRIDE)


def told_by(channels, grid, box=BOX, kind=CAR, likely=4.0):
    """What a head says whose cells all tell one box."""
    places, _ = cell_places(channels, grid)
    flat = places.reshape(-1, 3)
    codes = encode(np.repeat(box, len(flat), 0), np.full(len(flat), kind), flat)
    told = np.full((outputs(4), *grid.shape), -6.0, np.float32)
    told[-NUMBERS:] = codes.T.reshape(NUMBERS, *grid.shape)
    told[kind - 1] = likely
    return told


def one_object(pixels, kind=CAR):
    return pixels, np.zeros(len(pixels), np.int64), np.array([kind])


def test_the_box_that_all_cells_tell_is_the_objects():
    channels, grid = wall()
    boxes, believed = boxes_of_objects(told_by(channels, grid), channels, grid, *one_object(np.arange(40)))
    assert believed.tolist() == [True]
    assert boxes == pytest.approx(BOX, abs=1e-4)


def test_a_few_cells_that_tell_another_box_are_outvoted():
    channels, grid = wall()
    told = told_by(channels, grid)
    told[:, :, 1] = told_by(channels, grid, BOX + np.array((5, 5, 0, 3, 1, 0, 1.0)))[:, :, 1]
    boxes, _ = boxes_of_objects(told, channels, grid, *one_object(np.arange(5 * STRIDE)))
    assert boxes[0, :6] == pytest.approx(BOX[0, :6], abs=1e-4)


def test_cells_that_hold_the_object_unlikely_count_less():
    channels, grid = wall()
    told = told_by(channels, grid)
    told[:, :, :3] = told_by(channels, grid, BOX + np.array((5, 5, 0, 0, 0, 0, 0)), likely=-5.0)[:, :, :3]
    boxes, _ = boxes_of_objects(told, channels, grid, *one_object(np.arange(5 * STRIDE)))
    assert boxes[0, :6] == pytest.approx(BOX[0, :6], abs=1e-4)


def test_directions_either_way_agree():
    channels, grid = wall()
    told = told_by(channels, grid, BOX + np.array((0, 0, 0, 0, 0, 0, np.pi / 2 - 0.42)))
    told[:, :, 1] = told_by(channels, grid, BOX + np.array((0, 0, 0, 0, 0, 0, np.pi / 2 - 0.38)))[:, :, 1]
    boxes, _ = boxes_of_objects(told, channels, grid, *one_object(np.arange(2 * STRIDE)))
    assert abs(half_turn(boxes[:, 6] - np.pi / 2)) == pytest.approx(0, abs=0.03)


def test_an_object_of_one_cell_is_not_believed():
    channels, grid = wall()
    given_ = told_by(channels, grid), channels, grid
    assert not boxes_of_objects(*given_, *one_object(np.arange(4)))[1].any()
    assert boxes_of_objects(*given_, *one_object(np.zeros(0, int)))[1].tolist() == [False]


def test_no_objects():
    channels, grid = wall()
    none = np.zeros(0, np.int64)
    assert boxes_of_objects(told_by(channels, grid), channels, grid, none, none, none)[0].shape == (0, 7)


def test_each_object_has_its_own():
    channels, grid = wall()
    told = told_by(channels, grid)
    other = BOX + np.array((-3, -4, 0, 0, 0, 0, 0))
    told[:, :, 4:] = told_by(channels, grid, other, PEDESTRIAN)[:, :, 4:]
    pixels = np.concatenate([np.arange(20), np.arange(40, 60)])
    boxes, _ = boxes_of_objects(told, channels, grid, pixels, np.arange(40) // 20, np.array([CAR, PEDESTRIAN]))
    assert boxes[:, :3] == pytest.approx(np.concatenate([BOX, other])[:, :3], abs=1e-4)


@pytest.mark.parametrize("cells", [0, 1, 3])
def test_a_turned_scan_has_its_boxes_turned(cells):
    channels, grid = wall()
    turn = cells * STRIDE * 2 * np.pi / WIDTH
    turned = np.stack([np.roll(one, -cells * STRIDE, 1) for one in wall(turn)[0]])
    told = told_by(channels, grid)
    found = boxes_of_cells(np.roll(told, -cells, 2), turned, grid, 0.5)[0]
    cos, sin = np.cos(turn), np.sin(turn)
    expected = BOX[0].copy()
    expected[:2] = cos * BOX[0, 0] - sin * BOX[0, 1], sin * BOX[0, 0] + cos * BOX[0, 1]
    assert found[0, :6] == pytest.approx(expected[:6], abs=1e-4)
    assert half_turn(found[:, 6] - BOX[0, 6] - turn) == pytest.approx(0, abs=1e-4)


def test_of_boxes_that_overlap_the_surest_stays():
    channels, grid = wall()
    told = told_by(channels, grid)
    told[CAR - 1, 1, 3] = 5.0
    boxes, classes, scores = boxes_of_cells(told, channels, grid, 0.5)
    assert (len(boxes), classes.tolist()) == (1, [CAR])
    assert scores[0] == pytest.approx(1 / (1 + np.exp(-5.0)))


def test_empty_cells_tell_nothing():
    channels, grid = wall()
    told = told_by(channels, grid)
    channels[:] = 0
    assert len(boxes_of_cells(told, channels, grid, 0.5)[0]) == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.floats(-5, 5), st.integers(1, 4)), min_size=1, max_size=9))
def test_the_weighted_median_is_that_of_values_repeated(pairs):
    values, weights = np.array(pairs).T
    found = weighted_median(values[:, None], weights)
    assert found[0] == np.sort(np.repeat(values, weights.astype(int)))[(int(weights.sum()) - 1) // 2]


def test_decoding_a_code_gives_its_box():
    assert decode(encode(BOX, np.array([CAR]), BOX[:, :3]), np.array([CAR]), BOX[:, :3]) == pytest.approx(BOX)
