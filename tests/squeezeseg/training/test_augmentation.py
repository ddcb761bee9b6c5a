from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.samples import make_store

from data.labels import IGNORE, PEDESTRIAN
from squeezeseg.training.augmentation import PLAIN, Augmentation, beams_kept, draw
from squeezeseg.training.samples import BIN, COLUMNS

SEEDS = pytest.mark.parametrize("seed", range(5))


def azimuth(channels, mask):
    """Degrees of the returns."""
    return np.rad2deg(np.arctan2(channels[1][mask], channels[0][mask]))


@pytest.mark.parametrize("width", [64, 128, 512])
def test_shapes(store, width):
    channels, labels = draw(store, width, Augmentation(), np.random.default_rng(0))
    assert (channels.shape, channels.dtype) == ((5, 4, width), np.float32)
    assert (labels.shape, labels.dtype) == ((4, width), np.uint8)


@SEEDS
def test_the_same_generator_draws_the_same(store, seed):
    one, other = (draw(store, 128, Augmentation(), np.random.default_rng(seed)) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])


def test_other_generators_draw_others(store):
    one, other = (draw(store, 128, Augmentation(), np.random.default_rng(seed))[0] for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_the_store_is_left_alone(store):
    before = store.channels.copy(), store.labels.copy()
    draw(store, 128, Augmentation(), np.random.default_rng(0))
    assert np.array_equal(store.channels, before[0])
    assert np.array_equal(store.labels, before[1])


@SEEDS
@pytest.mark.parametrize("flip", [0.0, 1.0])
def test_fronts_are_turned_ahead(store, seed, flip):
    width = 512
    channels, _ = draw(store, width, replace(PLAIN, flip=flip), np.random.default_rng(seed))
    mask = channels[4] > 0
    expected = 45 - (np.arange(width) + 0.5) * 360 / COLUMNS
    # float16 keeps 11 bits: a thousandth of the distance.
    np.testing.assert_allclose(azimuth(channels, mask), np.broadcast_to(expected, mask.shape)[mask], atol=0.1)


@SEEDS
def test_a_flip_mirrors(store, seed):
    plain, labels = draw(store, 128, PLAIN, np.random.default_rng(seed))
    flipped, flipped_labels = draw(store, 128, replace(PLAIN, flip=1.0), np.random.default_rng(seed))
    mirror = np.array([1, -1, 1, 1, 1], np.float32).reshape(5, 1, 1)
    assert np.array_equal(flipped, (plain * mirror)[:, :, ::-1])
    assert np.array_equal(flipped_labels, labels[:, ::-1])


@SEEDS
def test_labels_follow_their_pixels(store, seed):
    whatever = Augmentation(gain=1, blind=0)
    channels, labels = draw(store, 256, whatever, np.random.default_rng(seed))
    mask = channels[4] > 0
    assert np.array_equal(labels[mask], (channels[3][mask] * 4).astype(np.uint8))


@SEEDS
def test_pixels_without_a_return_are_empty_and_ignored(store, seed):
    channels, labels = draw(store, 256, replace(Augmentation(), drop=0.8), np.random.default_rng(seed))
    empty = channels[4] == 0
    assert 0 < empty.sum() < empty.size
    assert (channels[:, empty] == 0).all()
    assert np.array_equal(labels == IGNORE, empty)


def test_returns_go_missing():
    store = make_store(height=16)
    shares = [
        (draw(store, 512, replace(PLAIN, drop=0.8), np.random.default_rng(seed))[1] == IGNORE).mean()
        for seed in range(20)
    ]
    assert min(shares) < 0.3
    assert 0.6 < max(shares) < 0.9  # at most 80 % of the 90 % that there are


@SEEDS
def test_the_range_is_that_of_the_coordinates(store, seed):
    channels, _ = draw(store, 128, replace(Augmentation(), tilt=5.0, height=1.0), np.random.default_rng(seed))
    np.testing.assert_allclose(channels[4], np.linalg.norm(channels[:3], axis=0), rtol=1e-5)


@SEEDS
def test_tilting_keeps_distances(store, seed):
    plain, _ = draw(store, 128, PLAIN, np.random.default_rng(seed))
    tilted, _ = draw(store, 128, replace(PLAIN, tilt=5.0), np.random.default_rng(seed))
    np.testing.assert_allclose(tilted[4], plain[4], rtol=1e-5)
    assert np.abs(tilted[2] - plain[2]).max() > 0.05


@SEEDS
def test_the_height_moves_all_returns_alike(store, seed):
    plain, _ = draw(store, 128, PLAIN, np.random.default_rng(seed))
    raised, _ = draw(store, 128, replace(PLAIN, height=0.5), np.random.default_rng(seed))
    steps = (raised[2] - plain[2])[plain[4] > 0]
    assert np.ptp(steps) < 1e-5
    assert abs(steps[0]) > 1e-3


def test_a_blind_sample_has_no_intensities(store):
    channels, _ = draw(store, 128, replace(Augmentation(), blind=1.0), np.random.default_rng(0))
    assert (channels[3] == 0).all()


@SEEDS
def test_intensities_stay_intensities(store, seed):
    channels, _ = draw(store, 128, replace(PLAIN, gain=4.0), np.random.default_rng(seed))
    assert channels[3].min() >= 0
    assert channels[3].max() <= 1


@SEEDS
@pytest.mark.parametrize("people", [0.0, 1.0])
def test_where_labels_lie_ahead_only_the_front_is_drawn(seed, people):
    store = make_store(frames=1, around=False)
    channels, _ = draw(store, 512, replace(PLAIN, people=people), np.random.default_rng(seed))
    front = store.channels[0][:, :, COLUMNS // 2 - 256 : COLUMNS // 2 + 256].astype(np.float32)
    np.testing.assert_allclose(channels[:4], front, atol=1e-5)


@SEEDS
def test_people_are_sought_out(seed):
    store = make_store(frames=8)
    store.labels[(store.labels == PEDESTRIAN) | (store.labels == 3)] = 0
    at = 37
    store.labels[5, :, at : at + 10] = PEDESTRIAN
    store.people[:] = 0
    store.people[5, at // BIN] = 40
    _, labels = draw(store, 512, replace(PLAIN, people=1.0), np.random.default_rng(seed))
    assert PEDESTRIAN in labels


def test_without_people_any_front_is_drawn():
    store = make_store()
    store.people[:] = 0
    channels, _ = draw(store, 128, replace(PLAIN, people=1.0), np.random.default_rng(0))
    assert (channels[4] > 0).any()


@SEEDS
@pytest.mark.parametrize("every", [2, 4])
def test_a_thinned_front_is_every_so_manyeth_row_of_a_whole_one(seed, every):
    store = make_store(height=16)
    whole, labels = draw(store, 128, PLAIN, np.random.default_rng(seed))
    thinned, thinned_labels = draw(store, 128, PLAIN, np.random.default_rng(seed), every)
    assert thinned.shape == (5, 16 // every, 128)
    assert any(
        np.array_equal(thinned, whole[:, first::every]) and np.array_equal(thinned_labels, labels[first::every])
        for first in range(every)
    )


@pytest.mark.parametrize(
    ("thin", "beams", "expected"), [(0.0, 64, {1}), (1.0, 64, {2, 4}), (0.5, 64, {1, 2, 4}), (1.0, 32, {1})]
)
def test_how_many_beams_batches_keep(thin, beams, expected):
    random = np.random.default_rng(0)
    assert {beams_kept(replace(PLAIN, thin=thin), beams, random) for _ in range(50)} == expected


def test_a_raised_store_has_its_ground_higher_and_all_else_as_it_is():
    plain = make_store()
    low, labels = draw(plain, 256, PLAIN, np.random.default_rng(0))
    high, same = draw(replace(plain, raised=0.5), 256, PLAIN, np.random.default_rng(0))
    seen = low[4] > 0
    assert high[2][seen] == pytest.approx(low[2][seen] + 0.5)
    assert (high[[0, 1, 3, 4]] == low[[0, 1, 3, 4]]).all()
    assert not high[:, ~seen].any()
    assert (labels == same).all()
