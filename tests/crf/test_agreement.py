"""The torch module, the numba kernel and the slow reference give the same energies."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers.real import PUBLISHED_IMAGES
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oracles.crf import crf as reference_crf

from crf import CRFSettings, CRFWorkspace, mean_field
from crf.recurrent import RecurrentCRF

TOLERANCE = 1e-4

SETTINGS = {
    "default": CRFSettings(),
    "one bandwidth": CRFSettings(theta_a=(0.8,) * 4, theta_r=(0.012,) * 4),
    "all different": CRFSettings(theta_a=(0.5, 0.7, 0.9, 1.1), theta_r=(0.02, 0.008, 0.013, 0.01)),
    "two classes": CRFSettings(theta_a=(0.9, 0.6), theta_r=(0.015, 0.01)),
    "three classes": CRFSettings(theta_a=(0.9, 0.6, 0.6), theta_r=(0.015, 0.01, 0.01)),
    "five classes": CRFSettings(theta_a=(0.9, 0.9, 0.6, 0.6, 0.6), theta_r=(0.015, 0.015, 0.01, 0.01, 0.01)),
    "one iteration": CRFSettings(iterations=1),
    "four iterations": CRFSettings(iterations=4),
    "row only": CRFSettings(window=(1, 3)),
    "column only": CRFSettings(window=(3, 1)),
    "wide": CRFSettings(window=(5, 7)),
}


def by_torch(given):
    module = RecurrentCRF(given.settings)
    with torch.no_grad():
        module.angular_compatibility.copy_(torch.from_numpy(given.angular))
        module.bilateral_compatibility.copy_(torch.from_numpy(given.bilateral))
        arrays = (torch.from_numpy(array)[None] for array in (given.logits, given.xyz, given.mask))
        return module(*arrays)[0].numpy()


def by_reference(given):
    s = given.settings
    return reference_crf(
        given.logits, given.xyz, given.mask, given.angular, given.bilateral, s.theta_a, s.theta_r, s.window,
        s.iterations,
    )  # fmt: skip


def assert_all_agree(given):
    expected = by_reference(given)
    np.testing.assert_allclose(by_torch(given), expected, atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(mean_field(*given.arguments), expected, atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(inputs, name):
    assert_all_agree(inputs(SETTINGS[name], 6, 9, seed=1))


@hypothesis_settings(max_examples=40, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(["default", "one bandwidth", "all different", "two classes"]),
    height=st.integers(1, 5),
    width=st.integers(1, 7),
    seed=st.integers(0, 10_000),
    scale=st.sampled_from([0.0, 1.0, 20.0]),
    trained=st.booleans(),
    filled=st.sampled_from([0.0, 0.5, 0.8, 1.0]),
)
def test_any_size_and_input(inputs, name, height, width, seed, scale, trained, filled):
    assert_all_agree(inputs(SETTINGS[name], height, width, seed, scale, trained, filled))


@pytest.mark.parametrize(("height", "width"), [(64, 512), (3, 2048), (7, 1500), (64, 33), (1, 512)])
def test_module_and_kernel_over_several_blocks_of_rows(inputs, height, width):
    given = inputs(CRFSettings(), height, width, seed=2, scale=8)
    np.testing.assert_allclose(mean_field(*given.arguments), by_torch(given), atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("name", ["wide", "column only", "one iteration", "four iterations"])
@pytest.mark.parametrize(("height", "width"), [(9, 4200), (37, 300)])
def test_iterations_a_block_of_rows_behind_each_other(inputs, name, height, width):
    """4,200 columns make blocks as short as the window's reach; 300 leave a short one at the end."""
    given = inputs(SETTINGS[name], height, width, seed=7)
    np.testing.assert_allclose(mean_field(*given.arguments), by_torch(given), atol=TOLERANCE, rtol=0)


def test_batches_do_not_mix(inputs):
    both = [inputs(CRFSettings(), 5, 8, seed=seed, trained=False) for seed in (3, 4)]
    stacked = (torch.from_numpy(np.stack([getattr(one, name) for one in both])) for name in ("logits", "xyz", "mask"))
    energies = RecurrentCRF(CRFSettings())(*stacked).detach().numpy()
    for got, one in zip(energies, both, strict=True):
        np.testing.assert_allclose(got, by_torch(one), atol=1e-6, rtol=0)


def test_coordinates_of_empty_pixels_do_not_matter(inputs):
    given = inputs(CRFSettings(), 6, 9, seed=5)
    expected = mean_field(*given.arguments)
    given.xyz[:, ~given.mask] = np.nan
    np.testing.assert_array_equal(mean_field(*given.arguments), expected)
    np.testing.assert_allclose(by_torch(given), expected, atol=TOLERANCE, rtol=0)


def test_real_scan(real, inputs):
    """A published range image: its distances, its empty pixels."""
    path = real / PUBLISHED_IMAGES / "2011_09_26_0001_0000000010.npy"
    image = np.load(path, allow_pickle=False).astype(np.float32)
    mask = image[..., 4] > 0
    xyz = (image[..., :3] - np.float32([10.88, 0.23, -1.04])) / np.float32([11.47, 6.91, 0.86])
    given = inputs(CRFSettings(), *mask.shape, seed=6)
    given.mask, given.xyz = mask, np.ascontiguousarray(xyz.transpose(2, 0, 1))
    workspace = CRFWorkspace.for_images(given.settings, *mask.shape)
    np.testing.assert_allclose(
        mean_field(*given.arguments, workspace=workspace), by_torch(given), atol=TOLERANCE, rtol=0
    )
    pairs = workspace.weights[0]
    assert 0.05 < (pairs > 0.5).mean() < 0.95
