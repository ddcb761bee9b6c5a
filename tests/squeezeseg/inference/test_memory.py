"""What a stream allocates, and that a result's memory is its own."""

from __future__ import annotations

import itertools
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import ReflectanceEngine, segmenter
from helpers.models import card
from helpers.scans import SMALL, full_scan
from oracles.objects import likeliest

from crf import CRFSettings
from data.labels import IGNORE
from projection import InputError
from squeezeseg import InferenceSettings, Model, ResultBuffers, Segmenter
from squeezeseg.running.lanes import BEGUN_PER_LANE, run

FULL = replace(SMALL, columns=256)
FRONT = FULL.with_view("front")
SENSORS = pytest.mark.parametrize("sensor", [FULL, FRONT], ids=["full", "front"])
ARRAYS = ("labels", "confidence", "instances", "pixel_labels")


class SteadyEngine:
    """Logits by reflectance, in the same memory each time."""

    name, reason, device, threads, width_multiple = "steady", "", "cpu", 1, 16

    def __init__(self):
        self.logits = None

    def __call__(self, inputs):
        if self.logits is None:
            self.logits = np.zeros((len(inputs), 4, *inputs.shape[2:]), np.float32)
        self.logits[:, 0] = 3
        np.multiply(inputs[:, 3], 2, out=self.logits[:, 1])
        return {"logits": self.logits}

    def clone(self):
        return SteadyEngine()


def steady(sensor, **options):
    settings = CRFSettings()
    tensors = {"crf.angular": settings.angular_start(), "crf.bilateral": settings.bilateral_start()}
    tensors |= {f"objects.{name}": value for name, value in likeliest().items()}
    return Segmenter(SteadyEngine(), Model(card("steady", crf=settings), tensors), sensor, InferenceSettings(**options))


def scans(count=4, step=1.0):
    """Scans of different lengths."""
    found = []
    for seed in range(count):
        points, _, _ = full_scan(SMALL, step=step, seed=seed)
        points[:, 3] = np.random.default_rng(seed).random(len(points))
        found.append(points[: len(points) - 7 * seed])
    return found


def same(a, b):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    np.testing.assert_array_equal(a.image.channels, b.image.channels)


@SENSORS
@pytest.mark.parametrize("unknown_below", [0.0, 0.6])
def test_results_in_buffers_are_the_same(sensor, unknown_below):
    one, buffers = steady(sensor, unknown_below=unknown_below), ResultBuffers()
    for points in scans() + scans()[::-1]:
        same(one(points, buffers=buffers), steady(sensor, unknown_below=unknown_below)(points))


@SENSORS
def test_buffers_are_used_again(sensor):
    one, buffers = steady(sensor), ResultBuffers()
    first, second = (one(points, buffers=buffers) for points in scans(2))
    for name in ARRAYS:
        assert np.shares_memory(getattr(first, name), getattr(second, name)), name
    assert np.shares_memory(first.image.channels, second.image.channels)


@SENSORS
def test_results_without_buffers_stay_as_they_are(sensor):
    one = steady(sensor)
    points = scans()
    first = one(points[0])
    for other in points[1:]:
        one(other)
    same(first, steady(sensor)(points[0]))


@SENSORS
def test_two_buffers_hold_two_results(sensor):
    one, points = steady(sensor), scans(2)
    held = [one(scan, buffers=ResultBuffers()) for scan in points]
    for result, scan in zip(held, points, strict=True):
        same(result, steady(sensor)(scan))


@SENSORS
def test_clones_work_in_memory_of_their_own(sensor):
    one, points = steady(sensor), scans(2)
    image, probabilities, labels = one.pixels(points[0])
    one.clone()(points[1])
    again = one.pixels(points[0])
    assert np.array_equal(image.channels, again[0].channels)
    assert np.array_equal(probabilities, again[1])
    assert np.array_equal(labels, again[2])


@SENSORS
def test_pixels_are_the_callers_to_keep(sensor):
    one, points = steady(sensor), scans(2)
    kept = one.pixels(points[0])
    before = [np.array(part) for part in (kept[0].channels, *kept[1:])]
    one(points[1])
    for part, expected in zip((kept[0].channels, *kept[1:]), before, strict=True):
        assert np.array_equal(part, expected)


def test_a_refused_scan_spoils_nothing():
    one, buffers, points = steady(FULL), ResultBuffers(), scans(2)
    with pytest.raises(InputError, match="expected points"):
        one(points[1][:, :2], buffers=buffers)
    same(one(points[0], buffers=buffers), steady(FULL)(points[0]))


def test_points_of_little_confidence_lose_label_object_and_the_pixel_they_won():
    points = scans(1)[0]
    known, doubted = (segmenter(sensor=FULL, unknown_below=least)(points) for least in (0.0, 0.9))
    doubtful = (known.labels != IGNORE) & (known.confidence < 0.9)
    assert doubtful.any()
    assert not doubtful.all()
    np.testing.assert_array_equal(doubted.labels, np.where(doubtful, IGNORE, known.labels))
    np.testing.assert_array_equal(doubted.instances, np.where(doubtful, 0, known.instances))
    np.testing.assert_array_equal(doubted.confidence, known.confidence)
    won = known.image.of_pixels(doubtful, fill=False)
    np.testing.assert_array_equal(doubted.pixel_labels, np.where(won, IGNORE, known.pixel_labels))


def peak(one, points, frames, *, lanes=1, keep=False):
    """Bytes at most allocated at once while so many scans go through lanes, beyond what was there after the first.

    keep: whether results are allocated anew.
    """

    def label(own, scan, buffers):
        own(scan, buffers=None if keep else buffers)

    warm_up = 3 * BEGUN_PER_LANE * lanes
    scans = itertools.islice(itertools.cycle(points), warm_up + frames)
    tracemalloc.start()
    try:
        with closing(run(one, scans, label, lanes=lanes)) as outcomes:
            for count, _ in enumerate(outcomes, start=1):
                if count == warm_up:
                    before, _ = tracemalloc.get_traced_memory()
                    tracemalloc.reset_peak()
            return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("view", ["full", "front"])
@pytest.mark.parametrize("objects", [False, True])
def test_lanes_allocate_no_images(view, objects, lanes):
    sensor = replace(SMALL, columns=2048).with_view(view)
    # With unknown_below each scan is checked for a street, which takes memory for a moment.
    one, points = steady(sensor, objects=objects), scans(step=0.15)
    for scan in points:  # a wall all around and one object, for there are arrays of some values a structure
        scan[:, :3] *= 12 / np.linalg.norm(scan[:, :3], axis=1, keepdims=True)
        scan[:, 3] = (scan[:, 0] > 0) & (abs(scan[:, 1]) < 1)
        assert one(scan).instance_numbers.any() == objects
    # The image's channels alone take 20 bytes a pixel, the label of a pixel one.
    pixels = sensor.beams * sensor.columns
    most = lanes * ((6 if objects else 2) * pixels + 4096)  # and the interpreter's own objects
    assert peak(one, points, 8, lanes=lanes) < most
    if lanes == 1:  # several at once hold results at the start, too
        assert peak(one, points, 8, keep=True) > 20 * pixels


@pytest.mark.slow
@SENSORS
def test_two_thousand_scans_leave_nothing_behind(sensor):
    one, points = steady(sensor), scans()
    one.clock.times.clear()
    early, late = peak(one, points, 200), peak(one, points, 2000)
    # The clock keeps eight numbers of 32 bytes a scan.
    assert late - early < 2000 * 8 * 40


def test_two_threads_cannot_use_one_segmenter():
    """They would write into each other's memory, beyond its end at worst."""
    inside, leave = threading.Event(), threading.Event()

    class Slow(ReflectanceEngine):
        def __call__(self, inputs):
            inside.set()
            leave.wait(30)
            return super().__call__(inputs)

    one = segmenter(view="front")
    one._pixels.engine = Slow()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(one, street(0))
        inside.wait(30)
        for call in (one, one.pixels):
            with pytest.raises(RuntimeError, match=r"one thread at a time: give each a clone\(\)"):
                call(street(1))
        leave.set()
        assert len(first.result().labels) == len(street(0))
    assert len(one(street(1)).labels) == len(street(1))
