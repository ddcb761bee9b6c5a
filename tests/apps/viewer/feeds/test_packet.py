"""Scans as bytes for the browser."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drive import street
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from oracles.packet import decode
from oracles.packet import quantise as slow_quantise

from apps.viewer.feeds.packet import Packet, count_classes, encode, pack
from apps.viewer.feeds.quantise import quantise, reach_of
from data.labels import IGNORE
from data.segmentation import Segmentation
from projection import PRESETS, project, returns

SENSOR = PRESETS["hdl64"]


def sent(points, truth=None, confidence=None, sensor=SENSOR, instances=None, other=None, **facts):
    image = project(points, sensor)
    labels = (np.arange(len(points)) % 4).astype(np.uint8)
    result = Segmentation(labels, image, confidence, instances)
    compared = None if other is None else Segmentation(other, image, instances=instances)
    return decode(encode(pack(points, result, truth, compared), facts)), image, labels


def test_every_return_is_sent_with_its_label_at_its_place():
    points = street(0)
    read, _, labels = sent(points)
    assert len(read.xyz) == len(points)
    nearest = np.linalg.norm(read.xyz[:50, None] - points[None, :, :3], axis=2).argmin(axis=1)
    assert np.array_equal(read.classes[:50], labels[nearest])


@settings(max_examples=40, deadline=None)
@given(
    npst.arrays(
        np.float32,
        st.tuples(st.integers(0, 60), st.just(4)),
        elements=st.floats(-400, 400, width=32) | st.sampled_from([0.0, np.nan, np.inf, -np.inf]),
    ),
    st.booleans(),
)
def test_any_points_can_be_sent_and_read_back(points, labelled):
    points[:, 3] = 0.5
    truth = np.full(len(points), IGNORE, np.uint8) if labelled else None
    read, image, labels = sent(points, truth, name="x")
    good = returns(points)
    assert len(read.xyz) == good.sum()
    assert sorted(read.classes.tolist()) == sorted(labels[good].tolist())
    assert (read.truth is not None) == labelled
    assert np.array_equal(read.point_of >= 0, image.mask)
    reach = 32767 * read.facts["scale"]
    expected = np.clip(points[good, :3].astype(np.float64), -reach, reach)
    np.testing.assert_allclose(np.sort(read.xyz, axis=0), np.sort(expected, axis=0), atol=0.51 * read.facts["scale"])


def test_pixels_show_the_points_that_won_them():
    points = street(1)
    read, image, labels = sent(points)
    rows, columns = np.nonzero(image.mask)
    won = image.index[rows, columns]
    shown = read.point_of[rows, columns]
    assert np.array_equal(read.classes[shown], labels[won])
    np.testing.assert_allclose(read.xyz[shown], points[won, :3], atol=0.0021)


@pytest.mark.parametrize(
    ("reach", "scale"), [(10.0, 0.004), (131.0, 0.004), (132.0, 0.01), (327.0, 0.01), (900.0, 0.01)]
)
def test_units_are_as_fine_as_the_farthest_point_allows(reach, scale):
    points = np.array([[reach, 0, 0, 0.5], [5, 0, 0, 0.5]], np.float32)
    read, _, _ = sent(points)
    assert read.facts["scale"] == scale
    assert read.xyz[:, 0].max() == pytest.approx(min(reach, 327.67), abs=scale)


def test_what_is_known_of_points_belongs_to_its_point():
    points = np.array([[10, 0, 0, 0.0], [0, 10, 0, 0.5], [-10, 0, 0, 1.0]], np.float32)
    truth = np.array([1, 2, IGNORE], np.uint8)
    numbers = np.array([7, 0, 300], np.uint16)
    read, _, _ = sent(
        points, truth, np.array([0, 0.25, 1], np.float32), instances=numbers, other=np.array([3, IGNORE, 0], np.uint8)
    )
    by_x = np.argsort(-read.xyz[:, 0])
    assert read.intensity[by_x].tolist() == [0, 128, 255]
    assert read.confidence[by_x].tolist() == [0, 64, 255]
    assert read.truth[by_x].tolist() == [1, 2, IGNORE]
    assert read.objects[by_x].tolist() == read.compared_objects[by_x].tolist() == numbers.tolist()
    assert read.compared[by_x].tolist() == [3, IGNORE, 0]


def test_the_header_tells_what_it_is_given():
    read, _, _ = sent(street(2), name="0000000007", iou=[None, 0.5])
    assert (read.facts["name"], read.facts["iou"]) == ("0000000007", [None, 0.5])
    assert (read.facts["rows"], read.facts["columns"]) == SENSOR.shape


def test_what_is_no_json_number_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        sent(street(2), mean=float("nan"))


def test_a_packet_whose_parts_differ_in_length_is_refused():
    two, three = np.zeros(2, np.uint8), np.zeros(3, np.uint8)
    with pytest.raises(ValueError, match="expected 3 points"):
        Packet(np.zeros((3, 3), np.int16), 0.01, three, two, three, None, np.zeros((1, 8), bool))


def test_points_are_counted_by_class():
    assert count_classes(np.array([0, 1, 1, 3, 255, 255], np.uint8), 4) == [1, 2, 0, 1, 2]


@settings(max_examples=60, deadline=None)
@given(
    npst.arrays(
        np.float32,
        st.tuples(st.integers(1, 20), st.just(4)),
        elements=st.floats(-500, 500, width=32) | st.floats(-0.125, 1.125, width=32),
    ),
    st.sampled_from([100.0, 250.0]),
    st.sampled_from([np.nan, np.inf, -np.inf, 0.5]),
    st.randoms(),
)
def test_the_kernel_agrees_with_its_slow_twin(points, per_metre, intensity, random):
    points[0, 3] = intensity
    order = np.array([random.randrange(len(points)) for _ in range(12)], np.int64)
    xyz, bright = np.empty((12, 3), np.int16), np.empty(12, np.uint8)
    quantise(points, order, per_metre, xyz, bright)
    expected = slow_quantise(points, order, per_metre)
    assert np.array_equal(xyz, expected[0])
    assert np.array_equal(bright, expected[1])
    assert reach_of(points, order) == np.abs(points[order, :3]).max()
    assert reach_of(points, order[:0]) == 0
