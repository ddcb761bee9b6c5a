"""Pictures of labelled scans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import segmenter

from data.labels import BACKGROUND, CAR, COLOURS, IGNORE
from data.scan import Scan
from projection import PRESETS
from squeezeseg.plotting.figures import above_figure, draw_frame, range_figure


def pixels(figure):
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]


@pytest.mark.parametrize("view", ["full", "front"])
@pytest.mark.parametrize("sensor", ["hdl64", "vlp16"])
@pytest.mark.parametrize("with_truth", [False, True])
def test_every_view_and_sensor_can_be_drawn(tmp_path, view, sensor, with_truth):
    scan = Scan(street(0))
    result = segmenter(sensor=PRESETS[sensor], view=view)(scan)
    truth = np.full(len(scan), IGNORE, np.uint8) if with_truth else None
    for file in draw_frame(tmp_path / "pictures", "a", scan, result, truth):
        assert file.read_bytes().startswith(b"\x89PNG")
    assert len(list((tmp_path / "pictures").iterdir())) == 2


@pytest.mark.parametrize("points", [np.empty((0, 4), np.float32), np.full((3, 4), np.nan, np.float32)])
def test_a_scan_without_returns_can_be_drawn(tmp_path, points):
    scan = Scan(points)
    assert len(draw_frame(tmp_path, "empty", scan, segmenter()(scan))) == 2


def test_objects_show_in_their_colour():
    result = segmenter(view="front")(Scan(street(0)))
    plain = replace(result, pixel_labels=np.full_like(result.pixel_labels, BACKGROUND))
    coloured, dull = (
        np.count_nonzero((pixels(range_figure(one, "x")) == COLOURS[CAR]).all(axis=2)) for one in (result, plain)
    )
    assert coloured > dull + np.count_nonzero(result.pixel_labels == CAR)


@pytest.mark.parametrize("with_truth", [False, True])
def test_long_names_keep_off_the_legend(with_truth):
    scan = Scan(street(0))
    result = segmenter()(scan)
    name = "2011_09_26_drive_0048_sync_0000000012"
    for figure in (range_figure(result, name), above_figure(scan, result, name, result.labels if with_truth else None)):
        figure.canvas.draw()
        title = next(text for text in figure.texts if text.get_text() == name)
        assert not title.get_window_extent().overlaps(figure.legends[0].get_window_extent())
