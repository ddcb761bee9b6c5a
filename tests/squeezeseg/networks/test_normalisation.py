from __future__ import annotations

import numpy as np
import pytest
import torch

from squeezeseg.networks.normalisation import Normalisation
from squeezeseg.networks.normalise import Normalise

MEAN = np.array([10.88, 0.23, -1.04, 0.21, 12.12])
STD = np.array([11.47, 6.91, 0.86, 0.16, 12.32])
TRAINED = 1.73
"""Metres that the sensor of training sits above the ground."""


def pixel(*values):
    return np.array(values, np.float32).reshape(5, 1, 1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (MEAN, np.zeros(5)),
        (MEAN + STD, np.ones(5)),
        ((20, -5, -1.6, 0.4, 20.7), (np.array([20, -5, -1.6, 0.4, 20.7]) - MEAN) / STD),
        (np.zeros(5), -MEAN / STD),
    ],
)
def test_values(values, expected):
    np.testing.assert_allclose(Normalisation()(pixel(*values)).ravel(), expected, atol=1e-6)


def test_a_batch_is_normalised_image_by_image():
    images = np.random.default_rng(0).normal(size=(3, 5, 2, 4)).astype(np.float32)
    normalise = Normalisation()
    assert np.array_equal(normalise(images), np.stack([normalise(image) for image in images]))


def test_the_input_is_left_alone():
    image = pixel(1, 2, 3, 0.5, 4)
    before = image.copy()
    Normalisation()(image, raised=-0.73)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("height", [1.0, 1.73, 2.5])
def test_the_ground_lies_where_training_had_it(height):
    normalise = Normalisation()
    ground = pixel(10, 0, -height, 0.2, 10)
    np.testing.assert_allclose(
        normalise(ground, height - TRAINED)[2], normalise(pixel(10, 0, -TRAINED, 0.2, 10))[2], atol=1e-6
    )


@pytest.mark.parametrize("channel", [0, 1, 3, 4])
def test_the_height_moves_nothing_but_z(channel):
    image = pixel(10, 3, -1, 0.2, 11)
    assert Normalisation()(image, -0.73)[channel] == Normalisation()(image)[channel]


@pytest.mark.parametrize("raised", [-0.73, 0.77])
def test_an_empty_pixel_is_the_same_at_any_height(raised):
    empty = np.zeros((5, 2, 3), np.float32)
    assert np.array_equal(Normalisation()(empty, raised), Normalisation()(empty))


@pytest.mark.parametrize("away", [0.01, 0.5, 120])
def test_empty_range_tells_returns_from_empty_pixels(away):
    normalise = Normalisation()
    assert normalise(pixel(0, 0, 0, 0, 0))[4] < normalise.empty_range < normalise(pixel(away, 0, 0, 0, away))[4]


@pytest.mark.parametrize(("mean", "std"), [((0,) * 4, (1,) * 5), ((0,) * 5, (1,) * 4), ((0,) * 5, (1, 1, 0, 1, 1))])
def test_five_means_and_five_positive_deviations(mean, std):
    with pytest.raises(ValueError, match="five"):
        Normalisation(mean, std)


@pytest.mark.parametrize("normalisation", [Normalisation(), Normalisation((1.0, 2.0, 3.0, 4.0, 5.0), (2.0,) * 5)])
@pytest.mark.parametrize("raised", [0.0, -0.73])
def test_tensors_are_normalised_as_arrays_are(normalisation, raised):
    channels = np.random.default_rng(0).normal(0, 9, (2, 5, 3, 8)).astype(np.float32)
    channels[:, 4] = abs(channels[:, 4])
    channels[:, :, 1, :3] = 0
    got = Normalise(normalisation, raised)(torch.from_numpy(channels))
    np.testing.assert_array_equal(got.numpy(), normalisation(channels, raised))
