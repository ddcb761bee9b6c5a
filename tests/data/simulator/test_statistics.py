"""Statistics of scans."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.simulator import simulate
from data.simulator.statistics import (
    ALL,
    DISTANCES,
    INTENSITIES,
    RANGES,
    Statistics,
    by_distance,
    comparison,
    measure,
    median_bin,
    short_gaps,
    summary,
    total_variation,
)
from data.sources import open_source
from projection import project

histograms = arrays(np.int64, 6, elements=st.integers(0, 1000))


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two frames in two streets."""
    return simulate(tmp_path_factory.mktemp("drive"), frames=2, seed=4, scene_per=1, threads=1)


@pytest.fixture(scope="module")
def measured(drive: Path) -> Statistics:
    return measure(open_source(drive), "simulated")


@pytest.mark.parametrize(
    ("row", "lost"),
    [
        ("xxxx", 0),
        ("x.xx", 1),
        ("x.x..x", 3),
        ("..x.x...", 1),
        ("x.....x", 5),
        ("x......x", 0),
        ("......", 0),
    ],
)
def test_gaps_count_between_returns_where_they_are_short(row: str, lost: int) -> None:
    mask = np.array([[pixel == "x" for pixel in row]] * 2)
    assert short_gaps(mask).tolist() == [lost, lost]


@given(histograms, histograms)
def test_histograms_are_0_to_1_apart_either_way(one: np.ndarray, other: np.ndarray) -> None:
    distance = total_variation(one, other)
    if distance is None:
        assert not one.any() or not other.any()
        return
    assert 0 <= distance <= 1 + 1e-9
    assert distance == pytest.approx(total_variation(other, one))
    assert total_variation(one, 3 * one) == pytest.approx(0)


def test_histograms_without_overlap_are_1_apart() -> None:
    assert total_variation(np.array([2, 3, 0]), np.array([0, 0, 7])) == 1


@pytest.mark.parametrize(
    ("counts", "median"), [([4, 0, 0], 0.5), ([0, 4, 0], 1.5), ([1, 2, 1], 1.5), ([3, 0, 3], 1.0), ([0, 0, 0], None)]
)
def test_the_median_lies_within_its_bin(counts: list[int], median: float | None) -> None:
    assert median_bin(np.array(counts), np.array([0.0, 1.0, 2.0, np.inf])) == median


def test_objects_are_counted_by_distance() -> None:
    table = by_distance(np.array([(3.0, 100), (9.9, 300), (10.0, 50), (70.0, 4)]))
    assert [row["objects"] for row in table] == [2, 1, 0, 0, 1]
    assert table[0]["pixels"] == [150, 200, 250]
    assert table[2]["pixels"] is None
    assert [row["from_m"] for row in table] == DISTANCES[:-1].tolist()


def test_counts_are_those_of_the_range_images(drive: Path, measured: Statistics) -> None:
    source = open_source(drive)
    images = [project(source.scan(frame).points, source.sensor.with_view("front")) for frame in source.frames]
    assert measured.valid.tolist() == sum(image.mask.sum(axis=1) for image in images).tolist()
    dark = sum(np.count_nonzero(image.mask & (image.channels[3] < 0.015)) for image in images)
    assert measured.intensity[ALL][:, 0].sum() == dark
    far = sum(np.count_nonzero(image.mask & (image.channels[4] >= RANGES[-2])) for image in images)
    assert measured.ranges[ALL][:, -1].sum() == far


def test_the_classes_make_up_all(measured: Statistics) -> None:
    classes = [group for group in measured.intensity if group != ALL]
    assert measured.labelled
    # But for what must not be scored, trailers for instance.
    assert sum(measured.intensity[group].sum() for group in classes) <= measured.intensity[ALL].sum()
    assert sum(measured.intensity[group].sum() for group in classes) > 0.9 * measured.intensity[ALL].sum()
    for group in measured.intensity:
        assert measured.intensity[group].sum() == measured.ranges[group].sum()


def test_objects_hold_no_more_than_their_class(measured: Statistics) -> None:
    assert len(measured.objects["car"])
    for group, found in measured.objects.items():
        assert found[:, 1].sum() == pytest.approx(measured.intensity[group].sum(), rel=0.05, abs=20)


def test_numbers_have_one_entry_a_bin(measured: Statistics) -> None:
    found = summary(measured)
    assert len(found["valid"]) == 64
    assert 0 <= min(found["valid"]) <= max(found["valid"]) <= 1
    for group in found["groups"].values():
        assert len(group["intensity"]) == len(INTENSITIES) - 1
        assert sum(group["intensity"]) == pytest.approx(1, abs=0.01)


def test_a_source_is_like_itself(measured: Statistics) -> None:
    found = comparison(measured, measured)
    assert found["valid_by_row"] == 0
    assert {value for value in found["intensity"].values() if value is not None} == {0}


def test_simulated_scans_are_like_real_ones(measured: Statistics, real: Path) -> None:
    found = comparison(measured, measure(open_source(real / "kitti_object"), "real"))
    assert found["valid_by_row"] < 0.1
    assert found["intensity"]["background"] < 0.3
    assert found["intensity"]["car"] < 0.4
