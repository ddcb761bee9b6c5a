"""The cylindrical encoding: bounded, blind to azimuth, and the same by every way that computes it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers.sectors import with_holes

from squeezeseg.networks import Architecture, Normalisation
from squeezeseg.networks.encoding import CYLINDRICAL, cylindrical
from squeezeseg.networks.normalise import Normalise

RAISED = pytest.mark.parametrize("raised", [0.0, -0.73, 0.5])


def pixel(x=0.0, y=0.0, z=0.0, intensity=0.0):
    return np.array([x, y, z, intensity, np.sqrt(x * x + y * y + z * z)], np.float32).reshape(5, 1, 1)


def channel(name, image, raised=0.0):
    return cylindrical(image, raised)[CYLINDRICAL.index(name)].item()


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("intensity", pixel(5, intensity=0.3), 0.3),
        ("intensity", pixel(5, intensity=7), 1),
        ("return", pixel(5), 1),
        ("z", pixel(5, z=-1), 0),
        ("z", pixel(5, z=1), 0.5),
        ("z", pixel(50, z=9), 1),
        ("z", pixel(50, z=-9), -1),
        ("fine z", pixel(5, z=-2), 1),
        ("fine z", pixel(5, z=-1), -1),
        ("fine z", pixel(5, z=0.5), 0),
        ("distance", pixel(16), -0.5),
        ("distance", pixel(0, 32), 0),
        ("distance", pixel(100), 1),
        ("range", pixel(8), 0),
        ("range", pixel(0, 24), 0.5),
        ("fine distance", pixel(16), 1),
        ("fine distance", pixel(0, -12), -1),
        ("fine distance", pixel(10), 0),
        ("fine distance, shifted", pixel(14), 1),
        ("fine distance, shifted", pixel(8), 0),
    ],
)
def test_values(name, image, expected):
    assert channel(name, image) == pytest.approx(np.floor(127 * expected + 0.5) / 128, abs=1e-6)


@RAISED
def test_all_is_within_what_a_byte_holds(raised):
    image = with_holes(2048) * np.array([9, 9, 9, 1, 30], np.float32).reshape(5, 1, 1)
    encoded = cylindrical(image, raised)
    assert encoded.dtype == np.float32
    assert np.array_equal(encoded * 128, np.rint(encoded * 128))
    assert np.abs(encoded).max() == 127 / 128
    assert (np.ptp(encoded, axis=(1, 2)) > 0.9).all()


@RAISED
def test_an_empty_pixel_is_0_as_is_what_lies_beyond_the_image(raised):
    assert not cylindrical(np.zeros((2, 5, 3, 4), np.float32), raised).any()


def test_x_and_y_are_not_looked_at():
    image = with_holes(64)
    other = image.copy()
    other[:2] = np.nan
    assert np.array_equal(cylindrical(other), cylindrical(image))


@pytest.mark.parametrize("raised", [-0.73, 0.5])
def test_the_ground_lies_where_training_had_it(raised):
    higher, usual = pixel(10, z=-1.73 - raised), pixel(10, z=-1.73)
    for name in ("z", "fine z"):
        assert channel(name, higher, raised) == pytest.approx(channel(name, usual), abs=1.1 / 128)


@RAISED
def test_tensors_are_encoded_as_arrays_are(raised):
    normalisation = Normalisation.of("cylindrical")
    images = np.stack([with_holes(64, seed) * np.float32(9) for seed in range(2)])
    got = Normalise(normalisation, raised)(torch.from_numpy(images))
    steps = np.abs(got.numpy() - normalisation(images, raised)) * 128
    assert steps.max() <= 1  # torch's root is right to a bit or two, which may be a step
    assert (steps == 0).mean() > 0.999


def test_coordinates_of_the_crf_have_one_scale_along_the_ground():
    normalisation = Normalisation.of("cylindrical")
    ahead, left = (normalisation.scaled(image)[:3, 0, 0] for image in (pixel(3, 4), pixel(-4, 3)))
    np.testing.assert_array_equal(np.abs(ahead[[1, 0]]), np.abs(left[:2]))
    with pytest.raises(ValueError, match="x and y have one deviation"):
        Normalisation((0.0,) * 5, (1.0, 2.0, 1.0, 1.0, 1.0), "cylindrical")


def test_the_cartesian_encoding_is_what_there_was():
    image = with_holes(64)
    assert np.array_equal(Normalisation()(image), Normalisation().scaled(image))
    assert Normalisation.of("cartesian") == Normalisation()


def test_a_networks_channels_are_its_encodings():
    blocks = (("conv_k3_s2_c8",),), ("fire_deconv", "fireup_q4_e8")
    assert Architecture("a", *blocks).levels[0].channels == 5
    assert Architecture("a", *blocks, encoding="cylindrical").levels[0].channels == len(CYLINDRICAL)
    with pytest.raises(ValueError, match="mask of its own"):
        Architecture("a", *blocks, mask=True, encoding="cylindrical")
    with pytest.raises(ValueError, match="unknown encoding 'polar'"):
        Architecture("a", *blocks, encoding="polar")
