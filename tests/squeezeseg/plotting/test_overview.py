"""A segmented scan in one figure."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import segmenter
from helpers.results import segmentation
from matplotlib.figure import Figure

from data.boxes import Box
from data.scan import Scan
from squeezeseg.plotting.overview import footprint, overview


@pytest.mark.parametrize("view", ["full", "front"])
def test_a_figure_that_notebooks_show(view, tmp_path):
    figure = segmenter(view=view)(street(0)).plot()
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert len(figure.axes) == 3
    figure.savefig(tmp_path / "a.png")


def test_no_point_and_no_object():
    points = np.zeros((0, 4), np.float32)
    assert overview(Scan(points), segmentation(np.zeros(0, np.uint8)))._repr_png_()


def test_a_box_from_above():
    # 4 m long towards the left, 2 m wide, 10 m ahead.
    corners = footprint(Box("Car", (10, 1, 0), (4, 2, 1), np.pi / 2))
    np.testing.assert_allclose(corners.min(0), [-1, 9])
    np.testing.assert_allclose(corners.max(0), [3, 11])
