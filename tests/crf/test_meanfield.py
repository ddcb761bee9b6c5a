"""The numba kernel: buffers, threads, refusals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from crf import CRFSettings, CRFWorkspace, mean_field


@pytest.mark.parametrize("width", [40, 2000])
def test_reused_buffers_give_the_same_bits(inputs, width):
    """One block of rows, and several."""
    settings = CRFSettings()
    workspace, out = CRFWorkspace.for_images(settings, 9, width), np.empty((4, 9, width), np.float32)
    for seed in range(3):
        given = inputs(settings, 9, width, seed=seed, filled=0.3 + 0.3 * seed)
        assert mean_field(*given.arguments, out=out, workspace=workspace) is out
        np.testing.assert_array_equal(out, mean_field(*given.arguments))


def test_a_scan_of_nan_leaves_nothing_behind(inputs):
    given = inputs(CRFSettings(), 9, 40)
    expected = mean_field(*given.arguments)
    workspace = CRFWorkspace.for_images(given.settings, 9, 40)
    mean_field(np.full_like(given.logits, np.nan), *given.arguments[1:], workspace=workspace)
    np.testing.assert_array_equal(mean_field(*given.arguments, workspace=workspace), expected)


def test_inputs_are_left_alone(inputs):
    given = inputs(CRFSettings(), 9, 40)
    before = [array.copy() for array in (given.logits, given.xyz, given.mask)]
    mean_field(*given.arguments)
    for array, copy in zip((given.logits, given.xyz, given.mask), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("width", [40, 2000])
def test_out_may_be_the_logits(inputs, width):
    given = inputs(CRFSettings(), 9, width)
    expected = mean_field(*given.arguments)
    np.testing.assert_array_equal(mean_field(*given.arguments, out=given.logits), expected)


def test_views_and_read_only_arrays_are_accepted(inputs):
    given = inputs(CRFSettings(), 9, 40)
    expected = mean_field(*given.arguments)
    given.logits = np.asfortranarray(given.logits)
    given.xyz = np.concatenate([given.xyz, given.xyz])[:3]
    given.angular.flags.writeable = False
    np.testing.assert_array_equal(mean_field(*given.arguments), expected)


def test_two_threads_with_a_workspace_each(inputs):
    settings = CRFSettings()
    cases = [inputs(settings, 32, 256, seed=seed) for seed in range(2)]
    expected = [mean_field(*case.arguments) for case in cases]

    def many(case):
        workspace = CRFWorkspace.for_images(settings, 32, 256)
        return [mean_field(*case.arguments, workspace=workspace) for _ in range(20)]

    with ThreadPoolExecutor(2) as pool:
        for results, single in zip(pool.map(many, cases), expected, strict=True):
            for result in results:
                np.testing.assert_array_equal(result, single)


@pytest.mark.parametrize("name", ["logits", "xyz", "mask", "angular", "bilateral"])
@pytest.mark.parametrize("how", ["shape", "dtype"])
def test_refuses_arrays_of_another_shape_or_type(inputs, name, how):
    given = inputs(CRFSettings(), 4, 6)
    array = getattr(given, name)
    setattr(given, name, array[..., :-1] if how == "shape" else array.astype(np.float64))
    with pytest.raises(ValueError, match="expected"):
        mean_field(*given.arguments)


def test_refuses_a_workspace_or_out_of_another_size_or_settings(inputs):
    given = inputs(CRFSettings(), 4, 6)
    for workspace in (
        CRFWorkspace.for_images(CRFSettings(), 4, 7),
        CRFWorkspace.for_images(CRFSettings(iterations=1), 4, 6),
    ):
        with pytest.raises(ValueError, match="workspace: made for"):
            mean_field(*given.arguments, workspace=workspace)
    with pytest.raises(ValueError, match="out: expected"):
        mean_field(*given.arguments, out=np.empty((4, 4, 7), np.float32))
