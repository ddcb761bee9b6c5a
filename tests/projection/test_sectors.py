from __future__ import annotations

import numpy as np
import pytest
from helpers.sectors import HEIGHT, WIDTHS, image_of, sensor_of, turn, with_holes
from oracles import sectors as slow

from projection import Sectors

SHAPES = pytest.mark.parametrize(("overlap", "multiple"), [(64, 16), (0, 1), (7, 32)])


def split(channels, overlap=64, multiple=16, front=False):
    sensor = sensor_of(channels.shape[2], front=front)
    return Sectors.of(sensor, multiple, overlap).cut(image_of(channels, sensor))


@pytest.mark.parametrize("width", WIDTHS)
@SHAPES
def test_sectors_of_a_full_turn_are_those_of_the_slow_twin(width, overlap, multiple):
    channels = with_holes(width)
    assert np.array_equal(split(channels, overlap, multiple), slow.split(channels, overlap, multiple))


@pytest.mark.parametrize("width", [512, 500, 8])
def test_a_front_is_padded_to_the_right(width):
    channels = with_holes(width)
    expected = np.pad(channels, ((0, 0), (0, 0), (0, -width % 16)))[None]
    assert np.array_equal(split(channels, front=True), expected)


@pytest.mark.parametrize("width", WIDTHS)
@SHAPES
def test_places_are_where_the_slow_twin_joins(width, overlap, multiple):
    sectors = Sectors.of(sensor_of(width), multiple, overlap)
    values = np.arange(4 * sectors.shape[3]).reshape(4, 1, 1, -1)
    assert np.array_equal(sectors.places, slow.join(values, width, overlap, multiple).ravel())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("front", [False, True])
@SHAPES
def test_a_columns_place_shows_it(width, front, overlap, multiple):
    sectors = Sectors.of(sensor_of(width, front=front), multiple, overlap)
    assert np.array_equal(sectors.sources.ravel()[sectors.places], np.arange(width))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("front", [False, True])
def test_pieces_are_the_image_once(width, front):
    sectors = Sectors.of(sensor_of(width, front=front), 16)
    assert sectors.pieces[0, 2] == 0
    assert np.array_equal(sectors.pieces[1:, 2], sectors.pieces[:-1, 2:].sum(axis=1))
    assert sectors.pieces[-1, 2:].sum() == width
    assert (sectors.pieces[:, 3] > 0).all()


@pytest.mark.parametrize("front", [False, True])
def test_cutting_leaves_the_image_alone(front):
    channels = turn(512)
    before = channels.copy()
    split(channels, front=front)[:] = 0
    assert np.array_equal(channels, before)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("multiple", [16, 32])
def test_sectors_are_as_wide_as_a_network_needs(width, multiple):
    size = split(turn(width), 64, multiple).shape[3]
    assert size == Sectors.of(sensor_of(width), multiple).shape[3]
    assert size % multiple == 0
    assert width / 4 + 128 <= size < width / 4 + 129 + multiple


@pytest.mark.parametrize("width", [2048, 1800, 68])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_car_gives_the_same_sectors_in_another_order(width, quarters):
    channels = turn(width)
    turned = np.roll(channels, -quarters * width // 4, axis=2)  # to the left is to smaller columns
    for _ in range(quarters):
        turned[0], turned[1] = -turned[1].copy(), turned[0].copy()
    assert np.array_equal(split(turned), np.roll(split(channels), quarters, axis=0))


def test_each_quarter_is_turned_ahead():
    width = 2048
    azimuth = np.pi - (np.arange(width) + 0.5) * 2 * np.pi / width
    channels = np.zeros((5, HEIGHT, width), np.float32)
    channels[0], channels[1] = np.cos(azimuth), np.sin(azimuth)
    sectors = split(channels, overlap=0)
    seen = np.rad2deg(np.arctan2(sectors[:, 1, 0], sectors[:, 0, 0]))
    expected = 45 - (np.arange(width // 4) + 0.5) * 360 / width
    np.testing.assert_allclose(seen, np.tile(expected, (4, 1)), atol=1e-4)


def test_sectors_see_their_neighbours():
    width, overlap = 2048, 64
    channels = turn(width)
    ahead, left = split(channels, overlap)[:2, 4]
    assert np.array_equal(ahead[:, : 2 * overlap], left[:, -2 * overlap :])


def test_the_sector_behind_crosses_the_seam():
    channels = turn(2048)
    behind = split(channels, overlap=64)[2, 4]
    assert np.array_equal(behind[:, 64:320], channels[4, :, -256:])
    assert np.array_equal(behind[:, 320:576], channels[4, :, :256])
