from __future__ import annotations

import numpy as np
import pytest

from squeezeseg.sectors import join, split

WIDTHS = (2048, 1800, 510, 17 * 4, 513, 8)


def turn(width, height=2, seed=0):
    """Channels (5, H, W) of random returns."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(5, height, width)).astype(np.float32)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("overlap", "multiple"), [(64, 16), (0, 1), (7, 32)])
def test_joined_sectors_are_the_turn(width, overlap, multiple):
    channels = turn(width)
    sectors = split(channels, overlap, multiple)
    assert np.array_equal(join(sectors[:, 2:5], width, overlap, multiple), channels[2:5])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("multiple", [16, 32])
def test_sectors_are_as_wide_as_a_network_needs(width, multiple):
    size = split(turn(width), 64, multiple).shape[3]
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
    channels = np.zeros((5, 1, width), np.float32)
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
