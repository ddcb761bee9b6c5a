"""The kernels that give labels only, against the highest of the slow reference's energies and of `mean_field`'s."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from oracles.crf import crf as reference_crf

from crf import Coordinates, CRFLabeller, CRFSettings, mean_field

CLOSE = 1e-4
"""Two energies that are nearer than this may be ordered either way."""

OTHERS = {
    "three classes": CRFSettings(theta_a=(0.9, 0.6, 0.6), theta_r=(0.015, 0.01, 0.01)),
    "five classes": CRFSettings(theta_a=(0.9, 0.9, 0.6, 0.6, 0.6), theta_r=(0.015, 0.015, 0.01, 0.01, 0.01)),
    "all different": CRFSettings(theta_r=(0.02, 0.008, 0.013, 0.01)),
    "wide": CRFSettings(window=(5, 7)),
    "many iterations": CRFSettings(iterations=7),
}


def whole(width):
    return np.array([[0, 0, 0, width]])


def labeller(case, own=True, settled=math.inf):
    """For the case's images; own: whether its settings have kernels of their own."""
    made = CRFLabeller(case.settings, case.angular, case.bilateral, *case.mask.shape, settled)
    assert (made._tiles is not None) == own
    return made


def label(one, case, pieces=None):
    height, width = case.mask.shape
    pieces = whole(width) if pieces is None else pieces
    out = np.full((height, pieces[:, 3].sum()), 99, np.uint8)
    one(case.logits[None], case.xyz[None], case.mask[None], pieces, out)
    return out


def assert_highest(labels, energies, mask):
    """Labels are those of the highest energies, or of one as high."""
    assert not labels[~mask].any()
    chosen = np.take_along_axis(energies, labels[None].astype(np.intp), axis=0)[0]
    assert (energies.max(axis=0) - chosen)[mask].max(initial=0) < CLOSE
    clear = np.partition(energies, -2, axis=0)[-2] < energies.max(axis=0) - CLOSE
    assert np.array_equal(labels[mask & clear], energies.argmax(axis=0)[mask & clear])


@hypothesis_settings(max_examples=40, deadline=None, derandomize=True)
@given(
    iterations=st.integers(1, 4),
    height=st.integers(1, 5),
    width=st.integers(1, 9),
    seed=st.integers(0, 10_000),
    scale=st.sampled_from([0.0, 1.0, 20.0, 1e4]),
    trained=st.booleans(),
    filled=st.sampled_from([0.0, 0.5, 0.8, 1.0]),
)
def test_labels_are_those_of_the_slow_references_highest_energies(
    inputs, iterations, height, width, seed, scale, trained, filled
):
    case = inputs(CRFSettings(iterations=iterations), height, width, seed, scale, trained, filled)
    s = case.settings
    energies = reference_crf(
        case.logits, case.xyz, case.mask, case.angular, case.bilateral, s.theta_a, s.theta_r, s.window, iterations
    )
    assert_highest(label(labeller(case), case), energies, case.mask)


@pytest.mark.parametrize("iterations", [1, 2, 3, 6])
@pytest.mark.parametrize(("height", "width"), [*((height, 20) for height in range(6, 19)), (33, 700), (5, 2048)])
def test_any_number_of_rows_and_tiles(inputs, height, width, iterations):
    case = inputs(CRFSettings(iterations=iterations), height, width, seed=height)
    assert_highest(label(labeller(case), case), mean_field(*case.arguments), case.mask)


def blobs(case, seed, certainty=6.0):
    """Logits of a few blobs of each class in much background, less certain where two classes meet."""
    rng = np.random.default_rng(seed)
    height, width = case.mask.shape
    rows, columns = np.mgrid[:height, :width]
    case.logits = rng.uniform(-0.5, 0.5, case.logits.shape).astype(np.float32)
    case.logits[0] += certainty
    for label in range(1, 4):
        for _ in range(width // 90 + 1):
            r, c = rng.integers(height), rng.integers(width)
            distance = np.hypot((rows - r) / 4, (columns - c) / 9)
            case.logits[label] += 2 * certainty * np.clip(1.8 - distance, 0, 1).astype(np.float32)
    return case


@pytest.mark.parametrize("iterations", [1, 2, 3, 4])
@pytest.mark.parametrize(("height", "width"), [(1, 40), (3, 100), (20, 7), (12, 530), (40, 1300)])
def test_the_crf_is_spared_where_it_moves_nothing(inputs, height, width, iterations):
    settings = CRFSettings(iterations=iterations)
    for seed in range(3):
        case = blobs(inputs(settings, height, width, seed, trained=False), seed)
        one = labeller(case, settled=1.5)
        assert_highest(label(one, case), mean_field(*case.arguments), case.mask)
        piece = np.array([[0, width // 3, 0, width // 2]])
        whole_image = label(labeller(case), case)
        assert np.array_equal(label(one, case, piece), whole_image[:, width // 3 : width // 3 + width // 2])


def test_pixels_whose_window_is_of_one_class_keep_it(inputs):
    case = blobs(inputs(CRFSettings(), 24, 200, 1, trained=False), 1)
    first, second = -np.sort(-case.logits, axis=0)[:2]
    sure, found = first - second > 1.5, case.logits.argmax(axis=0)
    bits = np.pad(np.where(sure, 1 << found, 15), ((1, 1), (2, 2)))
    windows = np.lib.stride_tricks.sliding_window_view(bits, (3, 5)).reshape(24, 200, 15)
    kept = np.isin(np.bitwise_or.reduce(windows, axis=-1), (1, 2, 4, 8)) & case.mask
    assert 0.2 < kept.mean() < 0.9
    assert np.array_equal(label(labeller(case, settled=1.5), case)[kept], found[kept])


def test_a_row_that_was_passed_over_leaves_nothing_to_the_next(inputs):
    case = blobs(inputs(CRFSettings(), 40, 300, 2, trained=False), 2)
    one = labeller(case, settled=1.5)
    expected = label(one, case)
    label(one, replace(case, logits=np.full_like(case.logits, np.nan)))
    assert np.array_equal(label(one, case), expected)


@pytest.mark.parametrize("iterations", [1, 3, 4])
def test_pieces_see_what_is_beside_them(inputs, iterations):
    case = inputs(CRFSettings(iterations=iterations), 9, 1400, seed=3)
    one = labeller(case)
    expected = label(one, case)
    pieces = np.array([[0, 900, 0, 500], [0, 17, 500, 600]])
    found = label(one, case, pieces)
    assert np.array_equal(found, np.hstack([expected[:, 900:1400], expected[:, 17:617]]))


@pytest.mark.parametrize("name", OTHERS)
def test_other_settings_take_mean_field(inputs, name):
    case = inputs(OTHERS[name], 6, 9, seed=4)
    assert np.array_equal(label(labeller(case, own=False), case), mean_field(*case.arguments).argmax(0) * case.mask)


def test_matrices_that_could_make_huge_energies_take_mean_field(inputs):
    case = inputs(CRFSettings(), 6, 9, seed=5)
    case.bilateral *= 1000
    assert np.array_equal(label(labeller(case, own=False), case), mean_field(*case.arguments).argmax(0) * case.mask)


def test_several_images(inputs):
    cases = [inputs(CRFSettings(), 7, 30, seed=seed) for seed in range(2)]
    one = labeller(replace(cases[0]))
    images = [np.stack([getattr(case, name) for case in cases]) for name in ("logits", "xyz", "mask")]
    out = np.empty((7, 60), np.uint8)
    matrices = cases[0].angular, cases[0].bilateral
    one(*images, np.array([[1, 0, 0, 30], [0, 0, 30, 30]]), out)
    for case, found in zip(cases, (out[:, 30:], out[:, :30]), strict=True):
        assert_highest(found, mean_field(case.logits, case.xyz, case.mask, case.settings, *matrices), case.mask)


def test_channels_after_the_coordinates_are_not_looked_at(inputs):
    case = inputs(CRFSettings(), 6, 20)
    expected = label(labeller(case), case)
    case.xyz = np.concatenate([case.xyz, np.full((2, 6, 20), np.nan, np.float32)])
    assert np.array_equal(label(labeller(case), case), expected)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize(("columns", "start"), [(20, 0), (20, 13), (24, 18), (1100, 560)])
def test_coordinates_may_be_those_of_the_turn_around(inputs, columns, start, own):
    around = max(20, columns - 32)
    case = inputs(CRFSettings() if own else OTHERS["wide"], 6, columns, seed=6)
    rng = np.random.default_rng(1)
    turn = rng.uniform(-1, 1, (5, 6, around)).astype(np.float32)
    mean, scale = np.array([0.5, 0, -1, 9, 9], np.float32), np.array([0.01, 0.02, 0.03, 9, 9], np.float32)
    shown = (start + np.arange(columns)) % around
    case.xyz = ((turn[:3] - mean[:3, None, None]) * scale[:3, None, None])[:, :, shown]
    places = Coordinates.of(turn[None], np.array([start]), mean, scale)
    out = np.empty((6, columns), np.uint8)
    labeller(case, own)(case.logits[None], places, case.mask[None], whole(columns), out)
    assert_highest(out, mean_field(*case.arguments), case.mask)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_scan_of_nonsense_leaves_nothing_behind(inputs, wrong):
    case = inputs(CRFSettings(), 19, 40)
    one = labeller(case)
    expected = label(one, case)
    spoilt = replace(case, logits=np.full_like(case.logits, wrong), xyz=np.full_like(case.xyz, wrong))
    assert label(one, spoilt).max() < 4
    assert np.array_equal(label(one, case), expected)
    for columns in (17, 33):  # a narrower piece's border lies where there was something
        piece = np.array([[0, 2, 0, columns]])
        assert np.array_equal(label(one, case, piece), label(labeller(case), case, piece))


def test_coordinates_of_empty_pixels_do_not_matter(inputs):
    case = inputs(CRFSettings(), 6, 9, seed=5)
    expected = label(labeller(case), case)
    case.xyz[:, ~case.mask] = np.nan
    assert np.array_equal(label(labeller(case), case), expected)


def test_two_threads_with_a_labeller_each(inputs):
    cases = [inputs(CRFSettings(), 32, 600, seed=seed) for seed in range(2)]
    expected = [label(labeller(case), case) for case in cases]

    def many(case):
        one = labeller(case)
        return [label(one, case) for _ in range(20)]

    with ThreadPoolExecutor(2) as pool:
        for results, single in zip(pool.map(many, cases), expected, strict=True):
            for result in results:
                assert np.array_equal(result, single)


@pytest.mark.parametrize("piece", [(1, 0, 0, 6), (-1, 0, 0, 6), (0, 1, 0, 6), (0, 0, 1, 6), (0, 0, -1, 3)])
def test_refuses_pieces_that_are_not_there(inputs, piece):
    case = inputs(CRFSettings(), 4, 6)
    with pytest.raises(ValueError, match="pieces: not within"):
        labeller(case)(
            case.logits[None], case.xyz[None], case.mask[None], np.array([piece]), np.empty((4, 6), np.uint8)
        )


@pytest.mark.parametrize("name", ["logits", "xyz", "mask"])
@pytest.mark.parametrize("how", ["shape", "dtype"])
def test_refuses_arrays_of_another_shape_or_type(inputs, name, how):
    case = inputs(CRFSettings(), 4, 6)
    one = labeller(case)
    array = getattr(case, name)
    setattr(case, name, array[..., :-1] if how == "shape" else array.astype(np.float64))
    with pytest.raises(ValueError, match="expected"):
        one(case.logits[None], case.xyz[None], case.mask[None], whole(6), np.empty((4, 6), np.uint8))
