"""Pictures of what went wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import segmenter

from apps.drawing.error_figures import CONFUSED, FALSE, LEGEND, MISSED, RIGHT, error_figures, errors
from apps.evaluation.frames import SIDE, WIDE
from data.labels import IGNORE
from data.scan import Scan
from data.sources import Frame
from squeezeseg.evaluation.labelled_frames import LabelledFrame


def pixels(figure):
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3]


def coloured(figure, name):
    return np.count_nonzero((pixels(figure) == LEGEND[name]).all(axis=2))


def frame(change=lambda truth, labels: None, view="front"):
    scan = Scan(street(0))
    result = segmenter(view=view)(scan)
    truth = result.labels.copy()
    labels = result.labels.copy()
    change(truth, labels)
    return LabelledFrame(Frame(0, "0000000000", None), scan, truth), replace(result, labels=labels)


@pytest.mark.parametrize(
    ("truth", "label", "kind"),
    [
        (0, 0, 0),
        (1, 1, RIGHT),
        (0, 1, FALSE),
        (1, 0, MISSED),
        (1, 2, CONFUSED),
        (IGNORE, 1, 0),
        (1, IGNORE, 0),
        (IGNORE, IGNORE, 0),
    ],
)
def test_kinds_of_errors(truth, label, kind):
    assert errors(np.array([truth], np.uint8), np.array([label], np.uint8)) == kind


def to(truth=None, label=None):
    def change(t, given):
        cars = given == 1
        if truth is not None:
            t[cars] = truth
        if label is not None:
            given[cars] = label

    return change


@pytest.mark.parametrize(
    ("change", "name"),
    [(to(), "right"), (to(truth=0), "false"), (to(label=0), "missed"), (to(truth=3), "wrong class")],
)
@pytest.mark.parametrize("view", ["front", "full"])
def test_each_kind_shows_in_its_colour(change, name, view):
    for figure in error_figures(*frame(change, view), wide=1024, side=330):
        legend = coloured(figure, "pedestrian")  # of which there is none
        shown = {kind for kind in ("right", "false", "missed", "wrong class") if coloured(figure, kind) > legend}
        assert shown == {name}


def test_it_is_cut_to_where_there_is_truth():
    def ahead(truth, labels):
        truth[np.abs(np.arctan2(street(0)[:, 1], street(0)[:, 0])) > 0.5] = IGNORE

    axes = error_figures(*frame(ahead, "full"))[0].axes[0]
    right, left = sorted(axes.get_xlim())
    assert -40 < right < -28
    assert 28 < left < 40


@pytest.mark.parametrize("points", [np.empty((0, 4), np.float32), np.full((3, 4), np.nan, np.float32)])
def test_a_scan_without_returns_can_be_drawn(points):
    scan = Scan(points)
    truth = np.full(len(scan), IGNORE, np.uint8)
    item = LabelledFrame(Frame(0, "empty", None), scan, truth)
    for figure in error_figures(item, segmenter()(scan)):
        pixels(figure)


@pytest.mark.parametrize("size", [{}, {"wide": WIDE, "side": SIDE}], ids=["alone", "in the page"])
def test_names_keep_off_the_legend(size):
    item, prediction = frame()
    item = replace(item, frame=Frame(0, "2011_09_26_drive_0048_sync_0000000012", None))
    for figure in error_figures(item, prediction, **size):
        figure.canvas.draw()
        title = next(text for text in figure.texts if text.get_text() == item.frame.name)
        assert not title.get_window_extent().overlaps(figure.legends[0].get_window_extent())
