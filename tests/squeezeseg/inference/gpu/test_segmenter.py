"""A scan's way on a device, which here is mostly PyTorch's "cpu", against the way without one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.gpu import on_device
from helpers.scans import SMALL, full_scan, polar
from oracles.objects import likeliest

from data.labels import IGNORE
from data.scan import Scan
from data.sources import open_source
from projection import InputError, project
from squeezeseg import InferenceSettings, Model, Segmenter, load_model
from squeezeseg.engines.torch_engine import TorchEngine
from squeezeseg.inference.gpu import GpuPixelLabeller
from squeezeseg.inference.gpu.pixels import DevicePixels
from squeezeseg.inference.network_input import NetworkInput
from squeezeseg.inference.pixels import HostPixelLabeller
from squeezeseg.networks import Normalisation

FULL = replace(SMALL, columns=128)
SENSORS = pytest.mark.parametrize(
    "sensor",
    [
        pytest.param(FULL, id="full"),
        pytest.param(FULL.with_view("front"), id="front"),
        pytest.param(replace(FULL, columns=500, azimuth_left=45.0, azimuth_right=-45.0), id="front of 500 columns"),
        pytest.param(replace(FULL, columns=510), id="full of 510 columns"),
        pytest.param(replace(FULL, rows="elevation", height=1.0), id="rows by elevation, mounted low"),
    ],
)
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device, and torch sees none")


@pytest.fixture
def classifying(model):
    """The untrained model with an object classifier."""
    return Model(model.card, {**model.tensors, **{f"objects.{name}": value for name, value in likeliest().items()}})


def both(model, sensor, **settings):
    """The same segmenter without a device and with one."""
    engine, settings = TorchEngine(model, "float32", device="cpu"), InferenceSettings(**settings)
    return Segmenter(engine, model, sensor, settings), on_device(engine, model, sensor, settings)


def scan_of(sensor, seed=0, step=2.0):
    return full_scan(replace(sensor, azimuth_left=180.0, azimuth_right=-180.0), step=step, seed=seed)[0]


def agree(result, expected, at_least=1.0):
    """Labels of so many of the points are the same; the images are, bit by bit."""
    assert len(np.unique(expected.labels)) > 1
    assert (result.labels == expected.labels).mean() >= at_least
    assert (result.pixel_labels == expected.pixel_labels).mean() >= at_least
    for name in ("channels", "mask", "index", "pixel", "distance"):
        np.testing.assert_array_equal(getattr(result.image, name), getattr(expected.image, name), err_msg=name)


@SENSORS
@pytest.mark.parametrize("normalisation", [Normalisation(), Normalisation((9.0, 0.5, -1.0, 0.3, 30.0), (2.0,) * 5)])
def test_the_network_sees_the_same(model, sensor, normalisation):
    model = Model(replace(model.card, normalisation=normalisation), model.tensors)
    given = NetworkInput.of(sensor, model.card, 16)
    image, shape = project(scan_of(sensor), sensor), given.sectors.shape
    expected, seen = np.empty(shape, np.float32), np.empty((shape[0], *shape[2:]), np.bool_)
    given.fill(image, expected, seen)
    pixels = DevicePixels(TorchEngine(model, "float32", device="cpu"), model, sensor, None)
    inputs, masks = pixels.inputs(torch.from_numpy(image.channels)[None])
    np.testing.assert_array_equal(inputs, expected)
    np.testing.assert_array_equal(masks, seen)


@SENSORS
@pytest.mark.parametrize("crf", [False, True])
def test_points_have_the_same_labels(classifying, sensor, crf):
    without, device = both(classifying, sensor, crf=crf)
    expected, result = without(scan_of(sensor)), device(scan_of(sensor))
    agree(result, expected)
    np.testing.assert_array_equal(result.instances, expected.instances)
    np.testing.assert_allclose(result.confidence, expected.confidence, atol=1e-3)


@pytest.mark.parametrize(("device", "labeller"), [("cpu", HostPixelLabeller), ("cuda", GpuPixelLabeller)])
def test_pixels_are_labelled_where_the_engine_runs(model, device, labeller):
    engine = TorchEngine(model, "float32", device="cpu")
    engine.device = device
    assert type(Segmenter(engine, model, FULL)._pixels) is labeller


def test_another_engine_on_a_gpu_is_refused(model):
    class Another:
        name, device, width_multiple = "tensorrt float16 on cuda", "cuda", 16

    with pytest.raises(InputError, match="tensorrt float16 on cuda: only PyTorch runs on a GPU here"):
        Segmenter(Another(), model, FULL)


def test_settings_are_a_segmenters(classifying):
    settings = {"neighbours": 0, "objects": False, "unknown_below": 0.6}
    without, device = both(classifying, FULL, **settings)
    agree(device(scan_of(FULL)), without(scan_of(FULL)))
    assert device(scan_of(FULL)).unknown.any()


@SENSORS
def test_a_batch_gives_what_its_scans_give_one_by_one(classifying, sensor):
    device = both(classifying, sensor)[1]
    points = [scan_of(sensor, seed=1), scan_of(sensor, seed=2, step=3.0), np.empty((0, 4), np.float32)]
    for result, each in zip(device.batch(points), points, strict=True):
        alone = device(each)
        np.testing.assert_array_equal(result.labels, alone.labels)
        np.testing.assert_array_equal(result.instances, alone.instances)
        np.testing.assert_allclose(result.confidence, alone.confidence, atol=1e-3)


def test_a_batch_of_none(model):
    assert both(model, FULL)[1].batch([]) == []


def test_results_outlive_the_next_scan(classifying):
    device = both(classifying, FULL)[1]
    first, *_ = device.batch([scan_of(FULL, seed=1)])
    alone = device(scan_of(FULL, seed=1))
    device(scan_of(FULL, seed=2))
    agree(first, alone)
    agree(alone, both(classifying, FULL)[0](scan_of(FULL, seed=1)))


def test_a_shorter_scan_shows_nothing_of_the_one_before(model):
    device = both(model, FULL)[1]
    device(scan_of(FULL))
    result = device(polar(25, [0, 90], -5))
    assert result.image.mask.sum() == 2
    assert (result.labels != IGNORE).all()


def test_beams_come_from_the_scan_or_the_caller(model):
    device = both(model, FULL)[1]
    points, ring = polar(10, [0, 5, 10], 0), np.array([1, 7, 4], np.uint8)
    for result in (device(points, ring), device(Scan(points, ring=ring)), *device.batch([Scan(points, ring=ring)])):
        assert (result.image.pixel // FULL.columns).tolist() == ring.tolist()


@pytest.mark.parametrize("call", [lambda device, points: device(points), lambda device, points: device.batch([points])])
@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((3, 5), np.float32), "expected points"),
        (np.zeros((3, 7)), "expected points"),
    ],
    ids=["5 columns", "float64"],
)
def test_scans_that_cannot_be_used(model, call, points, message):
    with pytest.raises(InputError, match=message):
        call(both(model, FULL)[1], points)


def test_a_clone_gives_the_same_from_memory_of_its_own(classifying):
    device = both(classifying, FULL)[1]
    expected = device(scan_of(FULL))
    clone = device.clone()
    agree(clone(scan_of(FULL)), expected)
    (own,), (other,) = clone._pixels._calls.values(), device._pixels._calls.values()
    assert not np.shares_memory(own.inputs[0], other.inputs[0])
    assert clone.clock is not device.clock


def test_scans_of_about_one_length_share_a_recording(model):
    device = both(model, FULL)[1]
    for step in (2.0, 2.5, 3.0):
        device(scan_of(FULL, step=step))
    assert len(device._pixels._calls) == 1


def test_nothing_of_a_scan_is_looked_at_on_its_way(model, monkeypatch):
    """What a CUDA graph needs: tensors without values, on "meta", raise an error where one is asked for."""
    sensor = FULL
    engine = TorchEngine(model, "float32", device="meta")
    pixels = DevicePixels(engine, model, sensor, model.card.crf)

    def refuse(*args, **kwargs):
        raise AssertionError("a constant from the host")

    for owner, name in [(torch, "tensor"), (torch, "as_tensor"), (torch, "from_numpy"), (torch.Tensor, "new_tensor")]:
        monkeypatch.setattr(owner, name, refuse)
    points = torch.empty((2, 100, 4), device="meta")
    results = pixels(points, torch.empty((2, 100), dtype=torch.uint8, device="meta"))
    height, width = sensor.shape
    assert [tuple(result.shape) for result in results] == [
        (2, 5, height, width),
        (2, height, width),
        (2, 100),
        (2, 100),
        (2, 4, height, width),
        (2, height, width),
    ]


def real_scans(real, drive, count):
    source = open_source(real / drive)
    return source.sensor, [source.scan(frame) for frame in source.frames[:count]]


@pytest.mark.real
@pytest.mark.parametrize("drive", ["kitti_object", "kitti_raw/2011_09_26/2011_09_26_drive_0048_sync"])
def test_a_real_scans_points_have_the_same_labels(real, drive):
    sensor, (scan,) = real_scans(real, drive, 1)
    without, device = both(load_model("fast"), sensor.with_view("front"))
    agree(device(scan), without(scan), at_least=0.995)


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", ["fast", "squeezeseg"])
def test_real_scans_points_have_the_same_labels_in_any_precision(real, name, precision):
    sensor, scans = real_scans(real, "kitti_object", 3)
    model = load_model(name)
    without = Segmenter(TorchEngine(model, "float32", device="cpu"), model, sensor)
    device = on_device(TorchEngine(model, precision, device="cpu"), model, sensor)
    for scan in scans:
        agree(device(scan), without(scan), at_least=0.995)


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("precision", ["auto", "float32"])
@pytest.mark.parametrize("name", ["fast", "squeezeseg"])
def test_a_gpu_gives_the_same_labels(real, name, precision):
    sensor, scans = real_scans(real, "kitti_object", 5)
    model = load_model(name)
    without = Segmenter(TorchEngine(model, "float32", device="cpu"), model, sensor)
    device = Segmenter(TorchEngine(model, precision, device="cuda"), model, sensor)
    assert isinstance(device._pixels, GpuPixelLabeller)
    for scan, together in zip(scans, device.batch(scans), strict=True):
        expected, alone = without(scan), device(scan)
        for result in (alone, together):
            assert (result.labels == expected.labels).mean() >= 0.995
            assert (result.image.pixel == expected.image.pixel).mean() >= 0.9999


@pytest.mark.gpu
@needs_gpu
def test_clones_use_a_gpu_at_once(classifying):
    from squeezeseg.running import lanes as pipeline

    device = Segmenter(TorchEngine(classifying, "float32", device="cuda"), classifying, FULL)
    points = [scan_of(FULL, seed=seed) for seed in range(12)]
    alone = [device(each).labels for each in points]
    outcomes = pipeline.run(device, points, lambda own, each: own(each).labels.copy(), lanes=3)
    for outcome, labels in zip(outcomes, alone, strict=True):
        assert (outcome.result == labels).mean() >= 0.995
