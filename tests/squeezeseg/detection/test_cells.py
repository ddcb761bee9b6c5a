"""Cells of range images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.cells import slow_cells

from projection import PRESETS, Sectors
from squeezeseg.detection.cells import MIXED, NOBODY, CellGrid, cell_owners, cell_places


def image(seed, height=5, width=16, filled=0.6):
    """Channels (5, H, W) in metres, and numbers (H, W) of whose each pixel is."""
    random = np.random.default_rng(seed)
    channels = random.uniform(-9, 9, (5, height, width)).astype(np.float32)
    channels[4] = np.linalg.norm(channels[:3], axis=0)
    empty = random.random((height, width)) > filled
    channels[:, empty] = 0
    return channels, np.where(empty, 0, random.integers(0, 4, (height, width))).astype(np.int32)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 1000), st.sampled_from([2, 4, 8]), st.sampled_from([1, 4, 5]), st.floats(0, 1))
def test_cells_are_the_slow_ones(seed, stride, height, filled):
    channels, numbers = image(seed, height, 16, filled)
    grid = CellGrid.plain(height, 16, stride)
    places, owners = slow_cells(channels, numbers, stride)
    found, holds = cell_places(channels, grid)
    np.testing.assert_array_equal(holds, np.isfinite(places[..., 0]))
    np.testing.assert_allclose(found, np.nan_to_num(places), atol=1e-5)
    np.testing.assert_array_equal(cell_owners(channels, numbers, grid), owners)


def test_a_cell_lies_where_its_nearer_returns_lie_and_is_theirs():
    channels, numbers = np.zeros((5, 2, 4), np.float32), np.zeros((2, 4), np.int32)
    channels[0] = channels[4] = [[10, 10.5, 30, 0], [10, 30, 30, 30]]
    numbers[0, :2] = 7
    grid = CellGrid.plain(2, 4, 4)
    places, filled = cell_places(channels, grid)
    assert filled.all()
    assert places[0, 0] == pytest.approx((30.5 / 3, 0, 0))
    assert cell_owners(channels, numbers, grid).item() == 7
    numbers[0, 1] = 0
    assert cell_owners(channels, numbers, grid).item() == MIXED


def test_an_empty_cell_is_nobodys():
    grid = CellGrid.plain(2, 8, 8)
    nothing = np.zeros((5, 2, 8), np.float32)
    assert not cell_places(nothing, grid)[1].any()
    assert cell_owners(nothing, np.ones((2, 8), np.int32), grid).item() == NOBODY


@pytest.mark.parametrize("overlap", [0, 30])
def test_a_turn_whose_ends_are_repeated_has_the_same_cells(overlap):
    sensor = PRESETS["vlp16"]
    sectors = Sectors.around(sensor, 32, overlap)
    grid = CellGrid.of(sectors.places, 8, *(sectors.shape[2], sectors.shape[3]))
    channels, _ = image(3, *sensor.shape)
    places, filled = cell_places(channels, grid)
    plain = cell_places(channels, CellGrid.plain(*sensor.shape, 8))
    margin = -(-overlap // 32) * 32 // 8
    np.testing.assert_array_equal(places[:, margin : margin + 256], plain[0])
    assert not filled[:, :margin].any()
    np.testing.assert_array_equal(grid.columns, margin + np.arange(2048) // 8)


def test_cells_of_quarters_are_whole_around_the_cut():
    sensor = PRESETS["vlp16"]
    sectors = Sectors.of(sensor, 32)
    count, _, height, size = sectors.shape
    grid = CellGrid.of(sectors.places, 8, height, count * size)
    assert grid.spans[:, 1].sum() == sensor.columns
    shown = np.concatenate([(first + np.arange(n)) % sensor.columns for first, n in grid.spans])
    assert sorted(shown.tolist()) == list(range(sensor.columns))
    for column in (0, 5, 1000, 2047):
        first, n = grid.spans[grid.columns[column]]
        assert column in (first + np.arange(n)) % sensor.columns
