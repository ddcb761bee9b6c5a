"""Ground, groups, features and the object classifier."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import segmenter
from helpers.scans import SMALL, polar, turned
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import objects as reference

from data.boxes import Box
from data.labels import CAR, CLASSES, CYCLIST, IGNORE, PEDESTRIAN, class_map
from data.segmentation import Segmentation
from data.sources import open_source
from projection import PRESETS, InputError, RangeImage, project
from squeezeseg.objects import ObjectClassifier, ObjectsWorkspace, boxes, find_objects, fit_classifier
from squeezeseg.objects import ground as ground_module
from squeezeseg.objects.box_fit import KNOWN, fit_boxes
from squeezeseg.objects.boxes import detect
from squeezeseg.objects.candidates import find_groups
from squeezeseg.objects.chances import FAINT, weigh_pixels
from squeezeseg.objects.classifier import IS_PERSON, decide
from squeezeseg.objects.classifier_fit import TENSORS
from squeezeseg.objects.features import describe, names, pixel_solid_angle
from squeezeseg.objects.ground import find_ground
from squeezeseg.objects.grouping import NEAR, SPREAD, connect

standing = Box.standing
FULL = replace(SMALL, columns=48)
FRONT = replace(SMALL, columns=24, azimuth_left=45.0, azimuth_right=-45.0)
HDL = PRESETS["hdl64_front"]
GROUND = ground_module.STEEPEST, ground_module.JUMP, *ground_module.MORE, ground_module.ROUGHNESS
CLASSIFIER = ObjectClassifier.from_tensors(reference.likeliest())

seeds = st.integers(0, 10**6)
sensors = st.sampled_from([FULL, FRONT, replace(FULL, height=1.0), replace(FRONT, columns=9)])


def rays(sensor):
    """(3, H, W): unit vectors through the middles of the pixels."""
    step = (sensor.azimuth_left - sensor.azimuth_right) / sensor.columns
    azimuth = np.deg2rad(sensor.azimuth_left - (np.arange(sensor.columns) + 0.5) * step)[None]
    elevation = np.deg2rad(sensor.elevations)[:, None]
    return np.stack(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation) + 0 * azimuth]
    )


def image_of(sensor, away, intensity=0.3):
    """The range image of ranges (H, W), 0 for none."""
    away = np.asarray(away, np.float32)
    mask = away > 0
    channels = np.concatenate([rays(sensor) * away, np.broadcast_to(intensity, (1, *away.shape)), away[None]])
    channels = (channels * mask).astype(np.float32)
    index = np.where(mask, np.cumsum(mask.ravel()).reshape(mask.shape) - 1, -1).astype(np.int32)
    return RangeImage(sensor, channels, mask, index, np.flatnonzero(mask).astype(np.int32), away[mask])


def patches(sensor, seed):
    """A random image: walls here and there before the ground, some returns missing."""
    rng = np.random.default_rng(seed)
    downwards = -rays(sensor)[2]
    away = np.where(downwards > 0.02, sensor.height / np.maximum(downwards, 0.02), 0)
    for _ in range(rng.integers(1, 9)):
        row, column = rng.integers(0, sensor.beams), rng.integers(0, sensor.columns)
        window = np.ix_(range(row, min(row + 4, sensor.beams)), np.arange(column, column + 6) % sensor.columns)
        away[window] = rng.uniform(3, 30) + rng.normal(0, 0.1, away[window].shape)
    away *= rng.random(away.shape) > 0.2
    return image_of(sensor, away, rng.random(away.shape).astype(np.float32))


def chances(image, seed):
    """Probabilities (4, H, W), alike in blocks."""
    rng = np.random.default_rng(seed)
    height, width = image.sensor.shape
    logits = rng.normal(0, 2, (4, -(-height // 2), -(-width // 4))).repeat(2, 1).repeat(4, 2)[:, :height, :width]
    powers = np.exp(logits)
    return (powers / powers.sum(0)).astype(np.float32)


def box_scene(sensor, boxes, ground=True):
    """What a sensor sees of boxes on flat ground: the image, and the box (from 1, 0 none) that each pixel shows."""
    direction = rays(sensor)
    away = np.where(direction[2] < -0.02, sensor.height / np.maximum(-direction[2], 0.02), np.inf)
    away = np.where((away > 80) | (not ground), np.inf, away)
    shown = np.zeros(sensor.shape, int)
    for number, box in enumerate(boxes, start=1):
        cos, sin = np.cos(box.yaw), np.sin(box.yaw)
        turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
        start = turn @ -np.array(box.bottom)
        way = np.einsum("ij,jhw->ihw", turn, direction)
        length, width, height = box.size
        low, high = np.array([-length / 2, -width / 2, 0]), np.array([length / 2, width / 2, height])
        with np.errstate(divide="ignore"):
            a, b = ((edge[:, None, None] - start[:, None, None]) / way for edge in (low, high))
        enter, leave = np.minimum(a, b).max(0), np.maximum(a, b).min(0)
        hit = (enter <= leave) & (enter > 0) & (enter < away)
        away, shown = np.where(hit, enter, away), np.where(hit, number, shown)
    return image_of(sensor, np.where(np.isfinite(away), away, 0)), shown


def sure(shown, classes):
    """Probabilities (4, H, W) of 0.9 for the class of the box that a pixel shows."""
    labels = np.array([0, *classes])[shown]
    return np.where(np.arange(4)[:, None, None] == labels, 0.9, 0.1 / 3).astype(np.float32)


@settings(deadline=None, max_examples=60)
@given(sensors, seeds)
def test_ground_is_what_its_slow_twin_finds(sensor, seed):
    image = patches(sensor, seed)
    found, level = find_ground(image)
    expected, heights = reference.ground(image, *GROUND)
    assert np.array_equal(found, expected)
    np.testing.assert_allclose(level, heights, atol=1e-5)


@settings(deadline=None, max_examples=60)
@given(sensors, st.integers(1, 12), seeds)
def test_groups_are_what_a_flood_fill_finds(sensor, pixels, seed):
    image = patches(sensor, seed)
    kind = (np.random.default_rng(seed).integers(0, 3, sensor.shape) * image.mask).astype(np.uint8)
    groups, count = connect(image.channels, kind, sensor, pixels=pixels)
    expected, number = reference.connect(image.channels, kind, sensor, NEAR, SPREAD, pixels)
    assert count == number
    assert np.array_equal(groups, expected)


@pytest.mark.parametrize("sensor", [replace(FULL, columns=64), replace(FULL, columns=150), replace(FRONT, columns=130)])
@pytest.mark.parametrize("pixels", [3, 12])
def test_groups_reach_across_words_of_64_pixels(sensor, pixels):
    image = patches(sensor, pixels)
    kind = np.repeat(np.random.default_rng(pixels).integers(0, 3, (sensor.beams, 25)), 6, axis=1)[:, : sensor.columns]
    kind = (kind * image.mask).astype(np.uint8)
    groups, _ = connect(image.channels, kind, sensor, near=1.0, pixels=pixels)
    assert np.array_equal(groups, reference.connect(image.channels, kind, sensor, 1.0, SPREAD, pixels)[0])


@settings(deadline=None, max_examples=40)
@given(sensors, seeds)
def test_features_are_those_of_the_slow_twin(sensor, seed):
    image = patches(sensor, seed)
    probabilities = chances(image, seed)
    ground, level = find_ground(image)
    groups, structure = find_groups(image, probabilities, ground)
    found = describe(image, probabilities, level, groups, structure)
    assert found.shape == (len(structure), len(names(CLASSES)))
    if len(structure):
        expected = reference.features(image, probabilities, level, groups.image(*sensor.shape), structure)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-3)


@settings(deadline=None, max_examples=40)
@given(sensors, seeds)
def test_candidates_are_those_of_the_slow_twin(sensor, seed):
    image = patches(sensor, seed)
    probabilities = chances(image, seed)
    ground, _ = find_ground(image)
    structures, count = connect(image.channels, (image.mask & ~ground).astype(np.uint8), sensor)
    lengths, kind = reference.kinds(image, probabilities, structures, count)
    found, structure = find_groups(image, probabilities, ground)
    groups = found.image(*sensor.shape)
    assert np.array_equal(groups, connect(image.channels, kind, sensor)[0])
    whole = np.zeros(len(structure))
    whole[groups[groups > 0] - 1] = lengths[structures[groups > 0] - 1]
    np.testing.assert_allclose(structure, whole, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("width", [9, 256, 700])
def test_pixels_are_weighed_block_by_block(width):
    rng = np.random.default_rng(width)
    sensor = replace(FULL, columns=width)
    image = image_of(sensor, rng.random(sensor.shape) > 0.2)
    given = chances(image, 0)
    sure_blocks = np.repeat(rng.random((sensor.beams, -(-width // 256))) < 0.5, 256, axis=1)[:, :width]
    given[:, sure_blocks] = np.array([0.97, 0.01, 0.01, 0.01], np.float32)[:, None]
    labels = (rng.integers(0, 4, sensor.shape) * (rng.random(sensor.shape) < 0.01)).astype(np.uint8)
    work = ObjectsWorkspace.for_images(*sensor.shape)
    weigh_pixels(image, given, labels, work)
    assert np.array_equal(work.certainty, np.take_along_axis(given, labels[None].astype(int), 0)[0] * image.mask)
    maybe, person = (
        np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little")[:, :width] > 0
        for bits in (work.maybe, work.person)
    )
    assert np.array_equal(maybe, given[0] < np.float32(1 - FAINT))
    assert np.array_equal(person[maybe], (given[2] + given[3] > given[1])[maybe])


def test_a_group_is_found_after_many_structures_of_background():
    away = np.zeros(FULL.shape)
    away[0:3:2, ::4] = 20  # 24 structures of a pixel each
    away[4:6, 10:14] = 5
    image = image_of(FULL, away)
    shown = np.zeros(FULL.shape, int)
    shown[4:6, 10:14] = 1
    chances = np.where(shown, [[[0]], [[1]], [[0]], [[0]]], [[[1]], [[0]], [[0]], [[0]]]).astype(np.float32)
    groups, structure = find_groups(image, chances, np.zeros_like(image.mask))
    assert (groups.count, len(structure)) == (1, 1)
    assert np.array_equal(groups.image(*FULL.shape), shown)


@settings(deadline=None, max_examples=30)
@given(sensors, seeds)
def test_groups_become_the_objects_of_the_slow_twin(sensor, seed):
    image = patches(sensor, seed)
    probabilities = chances(image, seed)
    labels = (probabilities.argmax(0) * image.mask).astype(np.uint8)
    ground, level = find_ground(image)
    groups, structure = find_groups(image, probabilities, ground)
    given_class = CLASSIFIER(describe(image, probabilities, level, groups, structure))
    of_pixel = reference.extended(image, ground, labels, groups.image(*sensor.shape))
    inside, expected = of_pixel > 0, labels.copy()
    expected[inside] = reference.decide(given_class)[of_pixel[inside] - 1] if groups.count else 0
    found = find_objects(image, probabilities, labels, CLASSIFIER)
    assert np.array_equal(found.labels, expected)
    assert np.array_equal(found.instances, reference.numbered(image, expected, of_pixel))
    certainty = np.take_along_axis(probabilities, labels[None].astype(int), axis=0)[0] * image.mask
    certainty[inside] = given_class[of_pixel[inside] - 1, expected[inside]]
    np.testing.assert_allclose(found.certainty, certainty, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 30), st.integers(1, 70), seeds)
def test_the_classifier_is_its_slow_twin(groups, units, seed):
    rng = np.random.default_rng(seed)
    sizes = {"F": len(names(CLASSES)), "U": units, "C": len(CLASSES)}
    tensors = {
        name: rng.normal(0, 0.5, [sizes[letter] for letter in letters]).astype(np.float32)
        for name, letters in TENSORS.items()
    }
    features = rng.normal(0, 9, (groups, sizes["F"])).astype(np.float32)
    found = ObjectClassifier.from_tensors(tensors)(features)
    np.testing.assert_allclose(found, reference.classify(features, tensors), rtol=1e-4, atol=1e-5)
    chosen, chance = np.empty(groups, np.uint8), np.empty(groups, np.float32)
    decide(found, IS_PERSON, chosen, chance)
    assert np.array_equal(chosen, reference.decide(found))
    assert np.array_equal(chance, found[np.arange(groups), chosen])


@pytest.mark.parametrize(
    ("chances", "expected"),
    [([0.4, 0.0, 0.3, 0.3], PEDESTRIAN), ([0.45, 0.0, 0.25, 0.3], CYCLIST), ([0.5, 0.0, 0.25, 0.25], 0)],
)
def test_people_count_as_one(chances, expected):
    chosen, chance = np.empty(1, np.uint8), np.empty(1, np.float32)
    decide(np.array([chances], np.float32), IS_PERSON, chosen, chance)
    assert chosen[0] == expected
    assert chance[0] == np.float32(chances[expected])


@pytest.mark.parametrize("slope", [-5, 0, 5])
def test_a_slope_is_ground(slope):
    direction = rays(HDL)
    fall = direction[2] - np.tan(np.deg2rad(slope)) * np.hypot(direction[0], direction[1])
    away = np.where(fall < -0.03, HDL.height / np.maximum(-fall, 0.03), 0)
    image = image_of(HDL, away)
    assert find_ground(image)[0][image.mask].mean() > 0.99


def test_objects_stand_out_of_the_ground():
    boxes = [
        standing("Car", (15, 0, -1.73), (4, 1.8, 1.5), 0.5),
        standing("Pedestrian", (8, 4, -1.73), (0.5, 0.5, 1.7), 0),
    ]
    image, shown = box_scene(HDL, boxes)
    ground, _ = find_ground(image)
    assert ground[(shown == 0) & image.mask].mean() > 0.98
    assert ground[shown > 0].mean() < 0.1  # the lowest row of each


def test_a_mirror_image_below_the_road_is_no_ground():
    image, _ = box_scene(HDL, [])
    away = image.channels[4].copy()
    away[60, 100:140] *= 1.7
    ground, _ = find_ground(image_of(HDL, away))
    assert not ground[60, 100:140].any()
    assert ground[:60, 100:140][image.mask[:60, 100:140]].mean() > 0.98


def test_kerbs_leave_the_pavement_ground():
    image, shown = box_scene(HDL, [standing("", (20, 9, -1.73), (60, 10, 0.15), 0)])
    ground, _ = find_ground(image)
    top = (shown == 1) & (image.channels[2] > -1.6) & (image.channels[4] < 25)
    assert ground[top].mean() > 0.9


def test_a_pole_in_front_does_not_cut_a_car_in_two():
    boxes = [standing("", (8, 0, -1.73), (0.03, 0.03, 3), 0), standing("Car", (15, 0, -1.73), (1.8, 4, 1.5), 0)]
    image, shown = box_scene(HDL, boxes)
    found = find_objects(image, sure(shown, [0, CAR]), np.uint8(shown == 2), CLASSIFIER)
    assert len(np.unique(found.instances[shown == 2])) == 1


def test_the_parts_of_a_car_are_one_object_and_two_cars_are_two():
    boxes = [standing("Van", (8, y, -1.73), (1.8, 4, 2.2), 0) for y in (-2.5, 2.5)]
    image, shown = box_scene(HDL, boxes)
    away = image.channels[4] * ~((shown > 0) & (np.arange(HDL.columns) % 24 < 8))  # what its paint swallows
    image, shown = image_of(HDL, away), shown * (away > 0)
    found = find_objects(image, sure(shown, [CAR, CAR]), np.uint8(shown > 0), CLASSIFIER)
    body = ~find_ground(image)[0]
    numbers = [np.unique(found.instances[(shown == k) & body]).tolist() for k in (1, 2)]
    assert sorted(numbers) == [[1], [2]]


def test_a_group_across_the_seam_of_a_full_turn_is_one():
    boxes = [standing("Van", (-12, 0, -1.73), (4, 1.8, 2.0), 1.2)]
    image, shown = box_scene(PRESETS["hdl64"], boxes)
    found = find_objects(image, sure(shown, [CAR]), np.uint8(shown == 1), CLASSIFIER)
    assert found.instances.max() == 1
    assert (found.instances[:, 0] > 0).any()
    assert (found.instances[:, -1] > 0).any()


def test_all_pixels_of_an_object_get_its_class():
    image, shown = box_scene(HDL, [standing("Cyclist", (10, 1, -1.73), (1.7, 0.6, 1.8), 1.0)])
    probabilities = sure(shown, [CYCLIST])
    upper = (shown == 1) & (image.channels[2] > -0.4)
    probabilities[:, upper] = np.array([0.1, 0, 0.6, 0.3])[:, None]
    labels = probabilities.argmax(0).astype(np.uint8)
    found = find_objects(image, probabilities, labels, CLASSIFIER)
    assert set(labels[shown == 1].tolist()) == {PEDESTRIAN, CYCLIST}
    body = (shown == 1) & ~find_ground(image)[0]
    assert set(found.labels[body].tolist()) == {CYCLIST}
    assert set(found.instances[body].tolist()) == {1}


def test_a_car_is_cut_from_the_wall_that_it_touches():
    boxes = [standing("", (20, 6, -1.73), (50, 1, 3), 0), standing("Car", (15, 4.6, -1.73), (4, 1.8, 1.5), 0)]
    image, shown = box_scene(HDL, boxes)
    found = find_objects(image, sure(shown, [0, CAR]), np.uint8(shown == 2), CLASSIFIER)
    assert (found.labels[shown == 1] == 0).all()
    assert (found.labels[(shown == 2) & ~find_ground(image)[0]] == CAR).all()


def test_a_person_beside_a_car_is_another_object():
    boxes = [
        standing("Car", (12, 0, -1.73), (4, 1.8, 1.5), 0),
        standing("Pedestrian", (11, -1.1, -1.73), (0.4, 0.4, 1.7), 0),
    ]
    image, shown = box_scene(HDL, boxes)
    probabilities = sure(shown, [CAR, PEDESTRIAN])
    found = find_objects(image, probabilities, probabilities.argmax(0).astype(np.uint8), CLASSIFIER)
    upright = ~find_ground(image)[0]
    assert (found.labels[(shown == 1) & upright] == CAR).all()
    assert (found.labels[(shown == 2) & upright] == PEDESTRIAN).all()


def test_what_the_classifier_calls_background_is_background():
    image, shown = box_scene(HDL, [standing("", (10, 0, -1.73), (0.3, 0.3, 2.5), 0)])
    probabilities = np.where(shown == 1, np.array([0.55, 0, 0.45, 0])[:, None, None], sure(shown * 0, [])).astype(
        np.float32
    )
    found = find_objects(image, probabilities, np.where(shown == 1, 2, 0).astype(np.uint8), CLASSIFIER)
    assert not found.labels[shown == 1].any()
    assert not found.instances.any()


def test_without_a_classifier_labels_stay():
    image = patches(FULL, 3)
    probabilities = chances(image, 3)
    labels = probabilities.argmax(0).astype(np.uint8)
    found = find_objects(image, probabilities, labels, None)
    assert np.array_equal(found.labels, labels)
    assert not found.instances.any()
    np.testing.assert_allclose(found.certainty, probabilities.max(0) * image.mask)


@settings(deadline=None, max_examples=30)
@given(sensors, seeds)
def test_an_object_has_one_class_and_no_two_share_a_number(sensor, seed):
    image = patches(sensor, seed)
    probabilities = chances(image, seed)
    found = find_objects(image, probabilities, probabilities.argmax(0).astype(np.uint8) * image.mask, CLASSIFIER)
    numbers = np.unique(found.instances[found.instances > 0])
    assert numbers.tolist() == list(range(1, len(numbers) + 1))
    for number in numbers:
        inside = found.instances == number
        assert len(np.unique(found.labels[inside])) == 1
        assert found.labels[inside][0] > 0
    assert ((found.certainty > 0) == image.mask).all()
    assert not found.instances[~image.mask].any()


@settings(deadline=None, max_examples=30)
@given(seeds, st.integers(1, FULL.columns - 1))
def test_turning_the_sensor_turns_the_objects(seed, columns):
    image = patches(FULL, seed)
    probabilities = chances(image, seed)
    away, intensity = (np.roll(image.channels[k], columns, axis=1) for k in (4, 3))
    other = image_of(FULL, away, intensity)
    rolled = np.ascontiguousarray(np.roll(probabilities, columns, axis=2))
    one, two = (
        find_objects(i, p, p.argmax(0).astype(np.uint8) * i.mask, CLASSIFIER)
        for i, p in ((image, probabilities), (other, rolled))
    )
    assert np.array_equal(np.roll(one.labels, columns, axis=1), two.labels)
    pairs = np.unique(np.stack([np.roll(one.instances, columns, axis=1).ravel(), two.instances.ravel()]), axis=1)
    assert len(np.unique(pairs[0])) == pairs.shape[1] == len(np.unique(pairs[1]))


def test_an_image_without_returns_has_no_objects():
    image = image_of(FULL, np.zeros(FULL.shape))
    found = find_objects(image, chances(image, 0), np.zeros(FULL.shape, np.uint8), CLASSIFIER)
    assert not found.labels.any()
    assert not found.instances.any()


def frames(count, seed=0):
    """Scenes of tall and of low boxes: the tall ones are pedestrians, though the network can't tell."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        boxes = [
            standing("", (rng.uniform(6, 20), side * rng.uniform(1, 5), -1.73), (0.5, 0.5, rng.choice([0.9, 1.8])), 0)
            for side in (-1, 1)
        ]
        image, shown = box_scene(HDL, boxes)
        probabilities = np.where(shown > 0, np.array([0.5, 0, 0.5, 0])[:, None, None], sure(shown * 0, []))
        tall = np.array([False, *(box.size[2] > 1.5 for box in boxes)])[shown]
        yield image, probabilities.astype(np.float32), np.where(tall, PEDESTRIAN, 0).astype(np.uint8)


def test_the_classifier_learns_what_the_network_does_not_know():
    classifier = ObjectClassifier.from_tensors(fit_classifier(frames(30), steps=100))
    for image, probabilities, truth in frames(10, seed=1):
        found = find_objects(image, probabilities, np.zeros(HDL.shape, np.uint8), classifier)
        upright = ~find_ground(image)[0] & (probabilities[2] > 0.4)
        assert (found.labels[upright] == truth[upright]).mean() > 0.95


def test_the_fit_is_the_same_each_time():
    one, two = (fit_classifier(frames(3), steps=5) for _ in range(2))
    assert set(one) == set(TENSORS)
    assert all(np.array_equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("scenes", [0, 2], ids=["no frame", "no truth"])
def test_there_must_be_something_to_fit_to(scenes):
    hidden = ((image, chance, np.full_like(truth, IGNORE)) for image, chance, truth in frames(scenes))
    with pytest.raises(InputError, match="simulate"):
        fit_classifier(hidden)


@pytest.mark.parametrize("name", TENSORS)
def test_a_classifier_that_lacks_a_tensor_is_refused(name):
    tensors = reference.likeliest()
    for bad in (
        {key: value for key, value in tensors.items() if key != name},
        tensors | {name: np.zeros(5, np.float32)},
    ):
        with pytest.raises(InputError, match="the object classifier lacks"):
            ObjectClassifier.from_tensors(bad)


def result_of(points, labels, instances, sensor=PRESETS["hdl64"]):
    image = project(points, sensor)
    seen = image.pixel >= 0
    labels, instances = np.where(seen, labels, IGNORE).astype(np.uint8), np.where(seen, instances, 0).astype(np.uint16)
    return Segmentation(labels, image, seen * np.float32(0.8), instances)


@pytest.mark.parametrize("yaw", [0.0, 0.4, -0.7, 1.5])
@pytest.mark.parametrize("azimuth", [0, 70, 180])
def test_boxes_lie_around_what_is_seen(yaw, azimuth):
    box = standing("Car", (14, 2, -1.73), (4.2, 1.8, 1.5), yaw)
    image, shown = box_scene(HDL, [box])
    points = turned(np.moveaxis(image.channels[:4], 0, -1)[image.mask], azimuth)
    shown = shown[image.mask]
    found = detect(result_of(points, shown, shown))
    assert len(found) == 1
    seen = found[0].box
    turn = (seen.yaw - yaw - np.deg2rad(azimuth) + np.pi / 2) % np.pi - np.pi / 2
    assert abs(turn) < np.deg2rad(3)
    centre = turned(np.array([[*box.centre, 0]], np.float32), azimuth)[0, :3]
    np.testing.assert_allclose(seen.centre, centre, atol=0.4)
    np.testing.assert_allclose(seen.size, box.size, atol=0.7)
    assert (found[0].class_id, found[0].points, found[0].instance) == (CAR, (shown > 0).sum(), 1)
    assert found[0].score == pytest.approx(0.8)


def seen_as(class_id, *shapes):
    """The detections in a scene of boxes, each of which is an object of the class."""
    image, shown = box_scene(HDL, shapes)
    points, shown = np.moveaxis(image.channels[:4], 0, -1)[image.mask], shown[image.mask]
    return detect(result_of(points, np.where(shown > 0, class_id, 0), shown, HDL))


@pytest.mark.parametrize("class_id", [CAR, PEDESTRIAN, CYCLIST])
@pytest.mark.parametrize("seed", range(4))
def test_boxes_are_those_of_the_slow_twin(class_id, seed):
    rng = np.random.default_rng(seed)
    places, sizes = rng.uniform((4, -7), (30, 7), (8, 2)), rng.uniform(0.5, (4, 2, 2), (8, 3))
    shapes = [
        standing("", (*place, -1.73), size, rng.uniform(-2, 2)) for place, size in zip(places, sizes, strict=True)
    ]
    image, shown = box_scene(HDL, shapes)
    points, shown = np.moveaxis(image.channels[:4], 0, -1)[image.mask], shown[image.mask]
    result = result_of(points, np.where(shown > 0, class_id, 0), shown, HDL)
    result = replace(result, ground=find_ground(result.image)[1])
    own = -0.3, 0.0, 2.75, 1.5
    image = result.image
    arrays = result.instances, result.labels, result.confidence, image.pixel, image.index, image.channels, result.ground
    numbers, boxes = fit_boxes(*arrays, KNOWN, pixel_solid_angle(HDL), own)
    expected_numbers, expected = reference.fitted(result, pixel_solid_angle(HDL), own)
    np.testing.assert_array_equal(numbers, expected_numbers)
    np.testing.assert_allclose(boxes, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("class_id", "place", "size"),
    [
        pytest.param(CAR, (70, 0, -1.73), (0.4, 0.4, 0.6), id="too few points"),
        pytest.param(CAR, (8, 2, -1.0), (0.1, 0.3, 0.4), id="a mirror of a car"),
        pytest.param(CAR, (12, 0, -1.73), (4, 1.8, 0.3), id="a kerb"),
        pytest.param(CAR, (15, 0, -1.73), (2, 16, 5), id="a house"),
        pytest.param(CAR, (20, 0, -1.73), (9, 9, 2), id="a block of cars"),
        pytest.param(CAR, (2.3, 1, -0.9), (0.4, 0.4, 0.8), id="the recording car's rail"),
        pytest.param(PEDESTRIAN, (15, 0, -1.73), (0.5, 0.5, 0.5), id="a stump"),
        pytest.param(PEDESTRIAN, (12, 0, -1.73), (2, 5, 1.7), id="a crowd"),
    ],
)
def test_what_is_no_whole_object_has_no_box(class_id, place, size):
    assert seen_as(class_id, standing("", place, size, 0.6)) == ()


def test_of_two_objects_in_one_place_that_with_more_points_has_a_box():
    near, behind = standing("", (12, 0, -1.73), (0.2, 1.8, 1.0), 0), standing("", (14, 0, -1.73), (0.2, 1.8, 1.6), 0)
    (found,) = seen_as(CAR, behind, near)
    assert found.instance == 2
    assert len(seen_as(CAR, standing("", (12, 5, -1.73), (0.2, 1.8, 1.6), 0), near)) == 2


def test_boxes_stand_on_the_ground_that_the_objects_stage_found(monkeypatch):
    result = segmenter()(street(1))
    searched = detect(replace(result, ground=None))
    monkeypatch.setattr(boxes, "find_ground", None)  # nobody looks for it again
    assert detect(result) == searched
    assert searched


def test_without_objects_there_are_no_boxes():
    assert detect(result_of(polar(10, [0, 5], -5), np.zeros(2), np.zeros(2))) == ()


@pytest.mark.real
def test_objects_of_real_scans_are_kept_apart_from_ground_and_walls(real):
    """Of labels that are right to begin with, little may be lost, and little may run out into the street."""
    source = open_source(real / "kitti_object")
    right = wrong = 0
    for frame in source.frames[:6]:
        scan = source.scan(frame)
        image = project(scan.points, source.sensor.with_view("front"), scan.ring)
        truth = image.of_pixels(source.truth(frame, scan, class_map("default")), 0)
        labels = np.where(truth == IGNORE, 0, truth).astype(np.uint8)
        found = find_objects(image, sure(labels, [1, 2, 3]), labels, CLASSIFIER)
        scored = (truth != IGNORE) & (truth + found.labels > 0)
        right += (scored & (found.labels == truth)).sum()
        wrong += (scored & (found.labels != truth)).sum()
    assert right / (right + wrong) > 0.9
