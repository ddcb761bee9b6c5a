from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.plausibility import NONE, UNIT, IntensityMemory, IntensityScale, intensity_scale
from data.sources import open_source

Values = NDArray[np.float32]
REFLECTANCES = np.clip(np.random.default_rng(0).gamma(3, 0.1, 20_000), 0, 0.99).astype(np.float32)
"""As KITTI's are spread: a median of 0.27, few above 0.7."""


def with_one(values: Values, stray: float) -> Values:
    values = values.copy()
    values[100] = stray
    return values


def spotted(values: Values, what: float) -> Values:
    return np.where(np.arange(len(values)) % 3 == 0, np.float32(what), values)


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (REFLECTANCES, UNIT),
        (with_one(REFLECTANCES, 1.6), UNIT),
        (with_one(REFLECTANCES, 1e30), UNIT),
        (spotted(REFLECTANCES, np.nan), UNIT),
        (spotted(REFLECTANCES, np.inf), UNIT),
        (REFLECTANCES * np.float32(1.4), UNIT),
        (np.round(REFLECTANCES * 255), IntensityScale(span=255)),
        (with_one(np.round(REFLECTANCES * 255), 256), IntensityScale(span=255)),
        (REFLECTANCES * 60, IntensityScale(span=100)),
        (np.round(REFLECTANCES * 100), IntensityScale(span=100)),
        (np.round(REFLECTANCES * 20), IntensityScale(span=255)),  # bytes, as in the dark
        (np.round(REFLECTANCES * 3300), IntensityScale(span=4095)),
        (np.round(REFLECTANCES * 65535), IntensityScale(span=65535)),
        (10 * np.log10(np.maximum(REFLECTANCES, 1e-3)), NONE),
        (REFLECTANCES - 0.5, NONE),
        (with_one(REFLECTANCES, -1), UNIT),
        (REFLECTANCES * 0, None),
        (REFLECTANCES * 0 + 1, None),
        (REFLECTANCES * 0 + 255, None),
        (REFLECTANCES * np.nan, None),
        ((REFLECTANCES > 0.3).astype(np.float32), None),
        (REFLECTANCES[:0], None),
    ],
)
def test_the_unit_is_told_by_the_distribution(values: Values, scale: IntensityScale | None) -> None:
    assert intensity_scale(values) == scale


def test_all_become_0_to_1() -> None:
    values = np.array([-1, 0, 51, 255, 300, np.nan, np.inf, -np.inf], np.float32)
    IntensityScale(span=255).apply(values)
    np.testing.assert_allclose(values, [0, 0, 0.2, 1, 1, 0, 1, 0])
    NONE.apply(values)
    assert not values.any()


BYTES = np.round(REFLECTANCES * 255)


@pytest.mark.parametrize(
    ("scans", "spans"),
    [
        ([BYTES, BYTES * 0, BYTES], [255, 255, 255]),
        ([BYTES * 0, BYTES], [1, 255]),
        ([np.round(REFLECTANCES * 20), BYTES * 0 + 1, BYTES], [255, 255, 255]),
        ([REFLECTANCES, BYTES, REFLECTANCES], [1, 255, 1]),  # of whoever calls with one or the other
        ([np.round(REFLECTANCES * 1000), np.round(REFLECTANCES * 3300)], [1023, 1023]),
        ([BYTES * 0 + 1, BYTES * 0 + 1, REFLECTANCES], [np.inf, np.inf, 1]),
    ],
)
def test_what_a_scan_has_told_holds_for_those_that_dont_tell(scans: list[Values], spans: list[float]) -> None:
    memory = IntensityMemory()
    assert [memory.learn(scan).span for scan in scans] == spans


@pytest.mark.parametrize("unit", [1, 255, 3300])
def test_intensities_of_pixels_are_settled_where_they_are(unit: float) -> None:
    memory = IntensityMemory()
    for _ in range(5):
        values = REFLECTANCES * np.float32(unit)
        pixels = values[:600].reshape(20, 30).copy()
        memory.settle(pixels, values)
        np.testing.assert_allclose(pixels.ravel(), REFLECTANCES[:600] * {1: 1, 255: 1, 3300: 3300 / 4095}[unit], 1e-5)


@pytest.mark.parametrize("value", [1, 255, -3])
def test_the_same_everywhere_is_none(value: float) -> None:
    values = np.full(5_000, value, np.float32)
    pixels = np.full((4, 5), value, np.float32)
    assert IntensityMemory().settle(pixels, values)
    assert not pixels.any()


def write(folder: Path, scans: list[Callable[[Values], Values]]) -> None:
    for number, change in enumerate(scans):
        points = np.zeros((len(REFLECTANCES), 4), np.float32)
        points[:, :3] = np.random.default_rng(1).uniform(-20, 20, (len(points), 3))
        points[:, 3] = change(REFLECTANCES)
        points.tofile(folder / f"{number}.bin")


@pytest.mark.parametrize(
    ("scans", "brightest"),
    [
        ([lambda i: i * 0, lambda i: np.round(i * 255)], [0, 0.99]),
        ([lambda i: i, lambda i: with_one(i, 1.6)], [0.99, 1.6]),  # the segmenter sees to what is a little too bright
        ([lambda i: with_one(np.round(i * 255), 256), lambda i: i * 0], [1, 0]),
        ([lambda i: i * 0 + 1, lambda i: i * 0 + 1], [1, 1]),
    ],
)
def test_a_sources_unit_comes_from_a_scan_that_tells_it(
    tmp_path: Path, scans: list[Callable[[Values], Values]], brightest: list[float]
) -> None:
    write(tmp_path, scans)
    found = [float(scan.points[:, 3].max()) for scan in open_source(tmp_path)]
    assert found == pytest.approx(brightest, abs=0.02)
