from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.models import card
from helpers.sectors import WIDTHS, image_of, sensor_of, with_holes
from oracles import sectors

from projection import PRESETS, Sectors
from squeezeseg.inference.network_input import NetworkInput
from squeezeseg.networks import Normalisation

TRAINED = 1.73
"""Metres that the card's sensor sits above the ground."""
USUAL = Normalisation()
ANOTHER = Normalisation((9.0, 0.5, -1.0, 0.3, 30.0), (2.0, 3.0, 4.0, 5.0, 6.0))
NORMALISATIONS = pytest.mark.parametrize("normalisation", [USUAL, ANOTHER], ids=["SqueezeSeg's", "another"])


def show(channels, overlap=64, multiple=16, normalisation=USUAL, height=TRAINED, front=False):
    """Inputs and masks of channels (5, 2, W)."""
    sensor = sensor_of(channels.shape[2], front=front, height=height)
    given = NetworkInput.of(sensor, card(normalisation=normalisation), multiple)
    given = replace(given, sectors=Sectors.of(sensor, multiple, overlap))
    shape = given.sectors.shape
    out, masks = np.full(shape, np.nan, np.float32), np.ones((shape[0], *shape[2:]), np.bool_)
    given.fill(image_of(channels, sensor), out, masks)
    return out, masks


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("overlap", "multiple"), [(64, 16), (0, 1), (7, 32)])
@pytest.mark.parametrize("height", [1.0, 1.73])
@NORMALISATIONS
def test_inputs_of_a_full_turn_are_those_of_the_slow_twin(width, overlap, multiple, height, normalisation):
    channels = with_holes(width)
    twin = sectors.split(channels, overlap, multiple)
    inputs, masks = show(channels, overlap, multiple, normalisation, height)
    assert np.array_equal(inputs, normalisation(twin, height - TRAINED))
    assert np.array_equal(masks, twin[:, 4] != 0)


@pytest.mark.parametrize("width", [512, 500, 8])
@pytest.mark.parametrize("height", [1.0, 1.73])
@NORMALISATIONS
def test_inputs_of_a_front_are_padded_to_the_right(width, height, normalisation):
    channels = with_holes(width)
    padded = np.pad(channels, ((0, 0), (0, 0), (0, -width % 16)))[None]
    inputs, masks = show(channels, normalisation=normalisation, height=height, front=True)
    assert np.array_equal(inputs, normalisation(padded, height - TRAINED))
    assert np.array_equal(masks, padded[:, 4] > 0)


def test_the_height_of_training_is_the_cards_sensors():
    sensor = sensor_of(64, height=2.5)
    trained_higher = card(sensor=replace(PRESETS["hdl64"], height=2.5))
    assert NetworkInput.of(sensor, trained_higher, 16).shift == 0
    assert NetworkInput.of(sensor, card(), 16).shift == pytest.approx((2.5 - TRAINED) / Normalisation().std[2])
