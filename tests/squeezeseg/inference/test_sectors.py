from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.scans import SMALL
from oracles import sectors

from projection import RangeImage
from squeezeseg.inference.sectors import Layout
from squeezeseg.networks.normalisation import Normalisation

WIDTHS = (2048, 1800, 510, 17 * 4, 513, 8)
PLAIN = Normalisation((0.0,) * 5, (1.0,) * 5)
HEIGHT = 2


def layout_of(width, overlap=64, multiple=16, normalisation=PLAIN, height=1.73, front=False):
    sensor = replace(SMALL, elevations=(1.0, -1.0), columns=width, height=height)
    if front:
        sensor = replace(sensor, azimuth_left=45.0, azimuth_right=-45.0)
    return sensor, Layout.of(sensor, normalisation, multiple, overlap)


def show(channels, overlap=64, multiple=16, normalisation=PLAIN, height=1.73, front=False):
    """Inputs and masks of channels (5, 2, W)."""
    sensor, layout = layout_of(channels.shape[2], overlap, multiple, normalisation, height, front)
    mask, nobody = channels[4] != 0, np.empty(0, np.int32)
    image = RangeImage(sensor, channels, mask, mask.astype(np.int32) - 1, nobody, np.empty(0, np.float32))
    out = np.full(layout.shape, np.nan, np.float32)
    masks = np.ones((layout.shape[0], *layout.shape[2:]), np.bool_)
    layout.inputs(image, out, masks)
    return out, masks


def split(channels, overlap=64, multiple=16):
    return show(channels, overlap, multiple)[0]


def decide(logits, energies, mask, width, overlap=64, multiple=16, temperature=1.0, front=False):
    _, layout = layout_of(width, overlap, multiple, front=front)
    probabilities = np.full((logits.shape[1], HEIGHT, width), np.nan, np.float32)
    labels = np.full((HEIGHT, width), 99, np.uint8)
    layout.decide(logits, energies, mask, temperature, probabilities, labels, np.empty((2, width), np.float32))
    return probabilities, labels


def softmax(logits, temperature=1.0):
    """Over the first axis, in double precision."""
    powers = np.exp((logits - logits.max(axis=0)).astype(np.float64) / temperature)
    return powers / powers.sum(axis=0)


def turn(width, height=HEIGHT, seed=0):
    """Channels (5, H, W) of random returns."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(5, height, width)).astype(np.float32)


def with_holes(width, seed=0):
    """Some pixels empty."""
    channels = turn(width, seed=seed)
    channels[4] = abs(channels[4])
    channels[:, np.random.default_rng(seed + 1).random(channels.shape[1:]) < 0.3] = 0
    return channels


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("overlap", "multiple"), [(64, 16), (0, 1), (7, 32)])
@pytest.mark.parametrize("height", [1.0, 1.73])
def test_inputs_of_a_full_turn_are_those_of_the_slow_twin(width, overlap, multiple, height):
    channels = with_holes(width)
    twin = sectors.split(channels, overlap, multiple)
    inputs, masks = show(channels, overlap, multiple, Normalisation(), height)
    assert np.array_equal(inputs, Normalisation()(twin, height))
    assert np.array_equal(masks, twin[:, 4] != 0)


@pytest.mark.parametrize("width", [512, 500, 8])
@pytest.mark.parametrize("height", [1.0, 1.73])
def test_inputs_of_a_front_are_padded_to_the_right(width, height):
    channels = with_holes(width)
    padded = np.pad(channels, ((0, 0), (0, 0), (0, -width % 16)))[None]
    inputs, masks = show(channels, normalisation=Normalisation(), height=height, front=True)
    assert np.array_equal(inputs, Normalisation()(padded, height))
    assert np.array_equal(masks, padded[:, 4] > 0)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("overlap", "multiple"), [(64, 16), (0, 1), (7, 32)])
@pytest.mark.parametrize("temperature", [1.0, 1.7])
def test_what_is_decided_of_a_full_turn_is_what_the_slow_twin_joins(width, overlap, multiple, temperature):
    _, layout = layout_of(width, overlap, multiple)
    shape = (4, 3, HEIGHT, layout.shape[3])
    logits, energies = (np.random.default_rng(k).normal(0, 5, shape).astype(np.float32) for k in range(2))
    mask = turn(width)[0] > 0
    probabilities, labels = decide(logits, energies, mask, width, overlap, multiple, temperature)
    assert np.array_equal(labels, sectors.join(energies, width, overlap, multiple).argmax(0) * mask)
    expected = softmax(sectors.join(logits, width, overlap, multiple), temperature)
    np.testing.assert_allclose(probabilities, expected, rtol=2e-6, atol=1e-30)


def test_what_is_decided_of_a_front_leaves_the_padding_out():
    logits = np.random.default_rng(0).normal(0, 5, (1, 4, HEIGHT, 32)).astype(np.float32)
    probabilities, labels = decide(logits, logits, np.ones((HEIGHT, 20), bool), 20, front=True)
    assert np.array_equal(labels, logits[0, :, :, :20].argmax(0))
    np.testing.assert_allclose(probabilities, softmax(logits[0, :, :, :20]), rtol=2e-6)


def test_the_first_of_equal_classes_is_chosen():
    logits = np.zeros((1, 4, HEIGHT, 16), np.float32)
    assert not decide(logits, logits, np.ones((HEIGHT, 16), bool), 16, front=True)[1].any()


@pytest.mark.parametrize("huge", [1e4, -1e4, 3e38])
def test_huge_logits_give_probabilities(huge):
    logits = np.zeros((1, 4, HEIGHT, 16), np.float32)
    logits[0, 2] = huge
    probabilities, _ = decide(logits, logits, np.ones((HEIGHT, 16), bool), 16, front=True)
    np.testing.assert_allclose(probabilities[2], float(huge > 0), atol=1e-30)
    np.testing.assert_allclose(probabilities.sum(axis=0), 1, rtol=1e-6)


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
