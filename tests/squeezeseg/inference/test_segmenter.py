from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.engine import segmenter as reflecting
from helpers.models import card, fresh_network
from helpers.scans import SMALL, full_scan, polar, turned
from helpers.walled import yard
from oracles.objects import likeliest

from crf import CRFSettings, mean_field
from data.labels import CAR, IGNORE, class_map
from data.scan import Scan
from data.sources import open_source
from projection import PRESETS, InputError, project
from squeezeseg import Evaluation, InferenceSettings, Model, Segmenter
from squeezeseg.engines.torch_engine import TorchEngine
from squeezeseg.networks.normalisation import Normalisation

BANDS = (10.0, 20.0, 30.0)
"""Metres at which `by_range` goes from one class to the next."""

FULL = replace(SMALL, columns=128)
SIXTEEN = replace(FULL, name="sixteen", elevations=tuple(float(e) for e in range(15, -17, -2)))
SENSORS = pytest.mark.parametrize(
    "sensor",
    [
        pytest.param(FULL, id="full"),
        pytest.param(FULL.with_view("front"), id="front"),
        pytest.param(replace(FULL, columns=500, azimuth_left=45.0, azimuth_right=-45.0), id="front of 500 columns"),
        pytest.param(replace(FULL, columns=510), id="full of 510 columns"),
        pytest.param(replace(FULL, azimuth_left=90.0, azimuth_right=-60.0), id="a view of its own"),
        pytest.param(replace(FULL, rows="elevation"), id="rows by elevation"),
        pytest.param(SIXTEEN, id="16 beams"),
        pytest.param(SIXTEEN.with_view("front"), id="16 beams, front"),
    ],
)


class StubEngine:
    """Gives what `function` makes of inputs, and keeps the inputs."""

    name = "stub"
    reason = ""
    device = "cpu"
    threads = 1
    width_multiple = 16

    def __init__(self, function):
        self.function, self.inputs = function, None

    def __call__(self, inputs):
        assert inputs.dtype == np.float32
        self.inputs = inputs
        return {"logits": self.function(inputs).astype(np.float32)}


def by_range(inputs):
    """Logits (B, 4, H, W) of 2 for the class of a pixel's range, else 0."""
    away = inputs[:, 4] * Normalisation().std[4] + Normalisation().mean[4]
    return 2.0 * (np.digitize(away, BANDS)[:, None] == np.arange(4).reshape(1, 4, 1, 1))


def undecided(inputs):
    """Logits (B, 4, H, W) that are nearly the same everywhere, so that a CRF has a say."""
    return np.random.default_rng(0).normal(0, 0.05, (inputs.shape[0], 4, *inputs.shape[2:]))


def undecided_by_range(inputs):
    """Logits (B, 4, H, W) of 0 to 3 for one class, the more the nearer."""
    away = inputs[:, 4] * Normalisation().std[4] + Normalisation().mean[4]
    return np.clip(3 - away / 12, 0, 3)[:, None] * np.array([0, 1, 0, 0]).reshape(1, 4, 1, 1)


def segmenter(sensor, function=by_range, *, crf=False, neighbours=0, classifier=False, **settings):
    start = CRFSettings()
    tensors = {"crf.angular": start.angular_start(), "crf.bilateral": start.bilateral_start()}
    tensors |= {f"objects.{name}": value for name, value in likeliest().items()} if classifier else {}
    model = Model(card("stub", crf=start), tensors)
    return Segmenter(StubEngine(function), model, sensor, InferenceSettings(crf=crf, neighbours=neighbours, **settings))


def scan_of(sensor, seed=0):
    return full_scan(replace(sensor, azimuth_left=180.0, azimuth_right=-180.0), step=2.0, seed=seed)[0]


@SENSORS
def test_labels_are_the_likeliest_classes(sensor):
    points = scan_of(sensor)
    image = project(points, sensor)
    labels = segmenter(sensor)(points).labels
    seen = image.pixel >= 0
    winner = image.index.ravel()[image.pixel[seen]]
    assert np.array_equal(labels[seen], np.digitize(image.distance[winner], BANDS))
    assert (labels[~seen] == IGNORE).all()


@SENSORS
@pytest.mark.parametrize("crf", [False, True])
def test_every_point_in_view_is_labelled_and_no_other(sensor, crf):
    points = scan_of(sensor)
    result = segmenter(sensor, crf=crf, neighbours=5)(points)
    seen = project(points, sensor).pixel >= 0
    assert seen.sum() > 0
    assert (result.labels[seen] < 4).all()
    assert (result.labels[~seen] == IGNORE).all()


@SENSORS
def test_confidence_is_the_chosen_classs_probability(sensor):
    points = scan_of(sensor)
    result = segmenter(sensor)(points)
    seen = result.labels != IGNORE
    np.testing.assert_allclose(result.confidence[seen], np.exp(2) / (np.exp(2) + 3), rtol=1e-5)
    assert (result.confidence[~seen] == 0).all()


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_confidence_of_huge_logits(logit):
    result = segmenter(FULL, lambda inputs: by_range(inputs) + logit)(scan_of(FULL))
    assert np.isfinite(result.confidence).all()


def test_confidence_is_the_networks_where_the_crf_decides_otherwise():
    sensor = FULL.with_view("front")
    points = scan_of(sensor)
    without, refined = (segmenter(sensor, undecided, crf=crf)(points) for crf in (False, True))
    changed = (refined.labels != without.labels) & (without.labels != IGNORE)
    assert changed.any()
    assert (refined.confidence[changed] < without.confidence[changed]).all()


def test_the_crf_refines_the_logits():
    sensor = FULL.with_view("front")
    one = segmenter(sensor, undecided, crf=True)
    result = one(scan_of(sensor))
    inputs, settings = one.engine.inputs, CRFSettings()
    energies = mean_field(
        undecided(inputs)[0].astype(np.float32),
        inputs[0, :3],
        result.image.mask,
        settings,
        settings.angular_start(),
        settings.bilateral_start(),
    )
    assert np.array_equal(result.pixel_labels, energies.argmax(0) * result.image.mask)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_confidence_is_tempered(temperature):
    one = Segmenter(
        StubEngine(by_range),
        Model(card("stub", temperature=temperature), {}),
        FULL,
    )
    result = one(scan_of(FULL))
    chance = np.exp(2 / temperature) / (np.exp(2 / temperature) + 3)
    np.testing.assert_allclose(result.confidence[result.labels != IGNORE], chance, rtol=1e-5)


@pytest.mark.parametrize("least", [0.3, 0.8])
def test_points_of_little_confidence_are_unknown(least):
    points = scan_of(FULL)
    known, doubted = (segmenter(FULL, undecided_by_range, unknown_below=p)(points) for p in (0.0, least))
    doubtful = (known.confidence > 0) & (known.confidence < least)
    assert doubtful.any()
    assert not known.unknown.any()
    assert np.array_equal(doubted.unknown, doubtful)
    assert (doubted.labels[doubtful] == IGNORE).all()
    assert np.array_equal(doubted.labels[~doubtful], known.labels[~doubtful])
    assert np.array_equal(doubted.confidence, known.confidence)
    won = doubted.image.of_pixels(doubtful, fill=False)
    assert np.array_equal(doubted.pixel_labels == IGNORE, won)


def test_objects_are_numbered_where_the_model_has_a_classifier():
    points = scan_of(FULL)
    with_objects, without = (segmenter(FULL, classifier=True, objects=objects)(points) for objects in (True, False))
    assert with_objects.instances.any()
    assert without.instances is None
    assert not without.instance_numbers.any()
    for number in np.unique(with_objects.instances[with_objects.instances > 0]):
        inside = with_objects.instances == number
        assert len(np.unique(with_objects.labels[inside])) == 1
        assert with_objects.labels[inside][0] not in (0, IGNORE)


def test_an_object_classifier_that_does_not_fit_is_refused():
    model = Model(card("stub"), {"objects.mean": np.zeros(3, np.float32)})
    with pytest.raises(InputError, match="the object classifier lacks mean, or it is not"):
        Segmenter(StubEngine(by_range), model, FULL)


@pytest.mark.parametrize("classifier", [False, True])
def test_with_and_without_the_crf_after_one_run_of_the_network(classifier):
    points, runs = scan_of(FULL), []

    def counted(inputs):
        runs.append(1)
        return undecided(inputs)

    both = segmenter(FULL, counted, crf=True, classifier=classifier).compare_crf(points)
    assert len(runs) == 1
    assert (both[0].labels != both[1].labels).any()
    for crf, found in zip((True, False), both, strict=True):
        expected = segmenter(FULL, undecided, crf=crf, classifier=classifier)(points)
        np.testing.assert_array_equal(found.labels, expected.labels)
        np.testing.assert_array_equal(found.confidence, expected.confidence)


def test_without_a_crf_there_is_nothing_to_compare():
    with pytest.raises(InputError, match="stub: no CRF runs"):
        segmenter(FULL).compare_crf(scan_of(FULL)[0])


def test_weights_without_a_crf():
    one = Segmenter(StubEngine(by_range), Model(card("stub"), {}), FULL)
    assert one.crf is None
    assert (one(scan_of(FULL)).labels != IGNORE).all()


@pytest.mark.parametrize("bad", [(np.nan, 0, 0, 0), (np.inf, 1, 1, 0), (0, 0, 0, 0.5), (1, np.nan, 1, 0)])
@pytest.mark.parametrize("crf", [False, True])
def test_what_is_no_return_has_no_label(bad, crf):
    points = np.concatenate([polar(10, [0, 90, 180], -5), np.array([bad], np.float32)])
    result = segmenter(FULL, crf=crf)(points)
    assert result.labels[3] == IGNORE
    assert result.confidence[3] == 0
    assert (result.labels[:3] != IGNORE).all()


@pytest.mark.parametrize("crf", [False, True])
@pytest.mark.parametrize(
    "points", [np.empty((0, 4), np.float32), np.full((5, 4), np.nan, np.float32)], ids=["empty", "NaN"]
)
def test_a_scan_without_returns(points, crf):
    result = segmenter(FULL, crf=crf)(points)
    assert result.labels.tolist() == [IGNORE] * len(points)
    assert not result.pixel_labels.any()


@pytest.mark.parametrize("azimuth", [0, 90, 180, -90])
def test_one_point(azimuth):
    result = segmenter(FULL)(polar(25, azimuth, -5))
    assert result.labels.tolist() == [2]
    assert result.pixel_labels.sum() == 2


def test_a_point_behind_is_outside_the_front():
    assert segmenter(FULL.with_view("front"))(polar(25, [0, 180], -5)).labels.tolist() == [2, IGNORE]


def test_a_hidden_point_takes_its_own_surfaces_label():
    points = polar([5, 25, 25, 25], [1, 1.1, 4, -1], -4)
    hidden = [segmenter(FULL, neighbours=k)(points).labels[1] for k in (0, 5)]
    assert hidden == [0, 2]


@SENSORS
def test_the_engine_gets_widths_that_it_accepts(sensor):
    one = segmenter(sensor)
    one(scan_of(sensor))
    batch, channels, height, width = one.engine.inputs.shape
    assert (batch, channels, height) == (4 if sensor.full_turn else 1, 5, sensor.beams)
    assert width % 16 == 0


def test_the_engine_sees_the_ground_where_training_had_it():
    grounds = []
    for height in (1.0, 1.73):
        one = segmenter(replace(FULL.with_view("front"), height=height))
        one(np.array([[10, 0, -height, 0.5]], np.float32))
        empty = one.engine.inputs[0, 2].max()
        grounds.append(one.engine.inputs[0, 2].min())
        assert empty == pytest.approx(1.04 / 0.86, rel=1e-5)
    assert grounds[0] == pytest.approx(grounds[1], rel=1e-5)


@pytest.mark.parametrize("normalisation", [Normalisation(), Normalisation((9.0, 0.5, -1.0, 0.3, 30.0), (2.0,) * 5)])
def test_the_network_is_shown_returns_by_the_cards_normalisation(normalisation):
    """A mask by the default one would call every empty pixel of the other a return, or returns empty."""
    state = fresh_network("fast1").state_dict()
    tensors = {f"network.{name}": value.numpy() for name, value in state.items()}
    model = Model(card("fast1", normalisation=normalisation), tensors)
    engine, shown = TorchEngine(model, "float32", device="cpu"), []
    engine._network.backbone.register_forward_pre_hook(lambda _, given: shown.append(given[0][0, 5].numpy()))
    points = scan_of(FULL)
    mask = Segmenter(engine, model, FULL.with_view("front"))(points[points[:, 1] > 2]).image.mask
    assert 0 < mask.sum() < mask.size
    assert np.array_equal(shown[0][:, : mask.shape[1]], mask)


def test_beams_come_from_the_scan_or_the_caller():
    points = polar(10, [0, 5, 10], 0)
    ring = np.array([1, 7, 4], np.uint8)
    from_scan = segmenter(FULL)(Scan(points, ring=ring))
    given = segmenter(FULL)(points, ring)
    assert (from_scan.image.pixel // FULL.columns).tolist() == ring.tolist()
    assert np.array_equal(given.image.pixel, from_scan.image.pixel)


def test_a_segmenter_keeps_nothing_of_the_scan_before():
    one = segmenter(FULL, crf=True, neighbours=5)
    first = one(scan_of(FULL, seed=1))
    one(scan_of(FULL, seed=2))
    again = one(scan_of(FULL, seed=1))
    assert np.array_equal(again.labels, first.labels)
    assert np.array_equal(again.confidence, first.confidence)


def test_each_stage_is_timed_once_a_scan():
    one = segmenter(FULL)
    for _ in range(3):
        one(scan_of(FULL))
    assert {stage: len(times) for stage, times in one.clock.times.items()} == dict.fromkeys(
        ("project", "network", "crf", "probabilities", "objects", "back-project", "total"), 3
    )


def agreement(one, points, degrees):
    """Labels of a scan and of the same scan turned, of the points that both label."""
    return one(points).labels, one(turned(points, degrees)).labels


@pytest.mark.parametrize("crf", [False, True])
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_scan_has_the_same_labels(model, degrees, crf):
    sensor = replace(PRESETS["hdl64"], columns=512)
    one = Segmenter(TorchEngine(model, "float32"), model, sensor, InferenceSettings(crf=crf))
    points, _, _ = full_scan(sensor, step=1.5)
    labels, turned_labels = agreement(one, points, degrees)
    assert len(np.unique(labels)) > 1
    assert (labels == turned_labels).mean() >= 0.98


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_real_scan_has_the_same_labels(real, degrees):
    source = open_source(real / "kitti_object")
    one = Segmenter.load(sensor=replace(source.sensor, cut=None))
    ahead, turned_scores = Evaluation(), Evaluation()
    same = []
    for frame in source.frames[:3]:
        scan = source.scan(frame)
        labels, turned_labels = agreement(one, scan.points, degrees)
        same.append((labels == turned_labels, labels == CAR))
        truth, distance = source.truth(frame, scan, class_map("default")), np.linalg.norm(scan.points[:, :3], axis=1)
        ahead.add(truth, labels, distance)
        turned_scores.add(truth, turned_labels, distance)
    equal, car = (np.concatenate(part) for part in zip(*same, strict=True))
    assert equal.mean() >= 0.98
    assert equal[car].mean() >= 0.9
    assert abs(ahead.confusion.iou[CAR] - turned_scores.confusion.iou[CAR]) < 0.02


def test_intensities_of_0_to_255_are_recognised():
    points = scan_of(FULL)
    points[:, 3] = np.random.default_rng(0).integers(0, 256, len(points)) / 255
    expected = segmenter(FULL)(points)
    points[:, 3] *= 255
    found = segmenter(FULL)(points)
    np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_allclose(found.image.channels, expected.image.channels, rtol=1e-6)


@pytest.mark.parametrize(
    ("points", "remedy"),
    [
        (yard(height=3.0), "--height 3.00"),
        (
            np.random.default_rng(0).permutation(yard()),
            "export them with their ring field, or in the sensor's own order",
        ),
    ],
)
def test_points_that_are_not_the_sensors_are_labelled_and_told_once(points, remedy, caplog):
    label = reflecting()
    for one in (label, label.clone(), label):
        assert len(one(points)) == len(points)
    assert [line.rpartition("; ")[2] for line in caplog.messages] == [remedy]


@pytest.mark.parametrize(
    ("moved", "least", "labelled"),
    [((0.2, 1), 0.0, False), ((1, -1), 0.0, True), ((1, -1), 0.1, False), ((1, 1), 0.1, True)],
    ids=["a room", "upside down", "upside down, unknown below", "a street"],
)
def test_what_is_no_street_has_no_labels_and_says_why(moved, least, labelled, caplog):
    scale, up = moved
    points = yard() * np.float32([scale, scale * up, scale * up, 1])
    segment = reflecting(unknown_below=least)
    result = segment(Scan(points, name="7"))
    seen = result.confidence > 0
    assert (result.labels[seen] != IGNORE).any() == labelled
    assert bool(result.instance_numbers.any()) <= labelled
    assert bool(result.doubt) == (moved != (1, 1))
    assert segment.clone().warnings == segment.warnings == tuple(record.message for record in caplog.records)
    if not labelled:
        assert result.doubt in segment.warnings
        assert (result.labels == IGNORE).all()
        assert (result.pixel_labels[result.image.mask] == IGNORE).all()
