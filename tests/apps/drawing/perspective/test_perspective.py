"""What is drawn in perspective, and where."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.drive import street
from helpers.engine import segmenter
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import rendering as slow

from apps.drawing.colouring import MODES, SCALES, Scale, colour_points
from apps.drawing.outlines import Outlines
from apps.drawing.perspective import kernels
from apps.drawing.perspective.canvas import Canvas
from apps.drawing.perspective.painter import Painter
from apps.drawing.perspective.scenery import corners, wireframe
from apps.drawing.perspective.viewpoint import NEAR, VIEWPOINTS, Viewpoint, parse_viewpoint
from data.boxes import Box
from data.labels import BACKGROUND, CAR, IGNORE
from data.scan import Scan
from data.sources import open_source
from projection import InputError
from squeezeseg import Segmenter
from squeezeseg.plotting.palette import CLASS_LEGEND

SIZE = 40, 30
WHITE = np.full((1, 3), 255, np.uint8)
BOX = Box.standing("Car", (8.0, 1.0, -1.5), (4.0, 1.8, 1.6), 0.4)


def buffers(size=SIZE):
    width, height = size
    return np.full((height, width, 3), 20, np.uint8), np.zeros((height, width), np.float32)


def scattered(seed, count=60):
    """Points before and behind the eye, some of them no numbers; colours; radii."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-6, 6, (count, 4)).astype(np.float32)
    points[rng.random(count) < 0.1] = np.nan
    return points, rng.integers(0, 256, (count, 3), np.uint8), rng.uniform(0.02, 0.4, count).astype(np.float32)


def eye_of(viewpoint):
    return viewpoint.rotation.astype(np.float32), viewpoint.eye.astype(np.float32)


@given(st.integers(0, 2**32 - 1), st.floats(0, 360), st.floats(-90, 90))
@settings(deadline=None, max_examples=40)
def test_discs_are_those_of_the_slow_twin(seed, azimuth, elevation):
    rotation, eye = eye_of(Viewpoint(azimuth, elevation, 5.0, (0, 0, 0)))
    fast, reference = buffers(), buffers()
    arguments = *scattered(seed), rotation, eye, 30.0, (NEAR, 0.9, 6.0)
    kernels.splat(*arguments, *fast)
    slow.splat(*arguments, *reference)
    # A pixel on a disc's very edge may fall to either side.
    different = ~np.isclose(fast[1], reference[1], rtol=1e-4)
    assert different.mean() < 0.01
    np.testing.assert_array_equal(fast[0][~different], reference[0][~different])


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2]), st.floats(0.1, 3))
@settings(deadline=None, max_examples=40)
def test_edges_are_as_dark_as_those_of_the_slow_twin(seed, reach, strength):
    rng = np.random.default_rng(seed)
    nearness = (1 / rng.uniform(2, 60, (12, 17)) * (rng.random((12, 17)) < 0.6)).astype(np.float32)
    fast, reference = (rng.integers(0, 256, (12, 17, 3), np.uint8) for _ in range(2))
    reference[:] = fast
    kernels.darken_edges(nearness, reach, strength, fast)
    slow.darken_edges(nearness, reach, strength, reference)
    np.testing.assert_allclose(fast.astype(int), reference, atol=1)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
@settings(deadline=None, max_examples=20)
def test_blocks_are_averaged_as_by_the_slow_twin(seed, side):
    colour = np.random.default_rng(seed).integers(0, 256, (5 * side, 7 * side, 3), np.uint8)
    fast, reference = np.empty((5, 7, 3), np.uint8), np.empty((5, 7, 3), np.uint8)
    kernels.shrink(colour, fast)
    slow.shrink(colour, reference)
    np.testing.assert_array_equal(fast, reference)


@given(st.integers(0, 2**32 - 1), st.floats(0, 360), st.floats(-80, 80))
@settings(deadline=None, max_examples=40)
def test_lines_run_where_their_points_lie(seed, azimuth, elevation):
    rotation, eye = eye_of(Viewpoint(azimuth, elevation, 5.0, (0, 0, 0)))
    segment = np.random.default_rng(seed).uniform(-8, 8, (1, 6)).astype(np.float32)
    colour, nearness = buffers()
    kernels.draw_lines(segment, WHITE, rotation, eye, 30.0, NEAR, (1, 1.0, 1.0), nearness, colour)
    drawn = set(zip(*(axis.tolist() for axis in np.nonzero(colour[..., 0] == 255)), strict=True))
    expected = slow.pixels_of_line(segment[0, :3], segment[0, 3:], rotation, eye, 30.0, NEAR, SIZE)

    def beside(pixels):
        return {(row + down, column + right) for row, column in pixels for down in (-1, 0, 1) for right in (-1, 0, 1)}

    assert drawn <= beside(expected)
    # Of a line that touches the picture's corner neither need see the other's pixel.
    assert len(expected) <= 2 or expected <= beside(drawn)


@pytest.mark.parametrize(("depth", "seen"), [(4.0, 255), (6.0, 20 + int(0.5 * 235))])
def test_lines_behind_points_are_faint(depth, seen):
    rotation, eye = eye_of(Viewpoint(180, 0, 5.0, (5.0, 0, 0)))
    colour, nearness = buffers()
    nearness[:] = 1 / 5
    line = np.array([[depth, 1, 0, depth, -1, 0]], np.float32)
    kernels.draw_lines(line, WHITE, rotation, eye, 30.0, NEAR, (1, 1.0, 0.5), nearness, colour)
    assert colour.max() == seen


@pytest.mark.parametrize("name", VIEWPOINTS)
def test_viewpoints_look_at_their_target(name):
    viewpoint = VIEWPOINTS[name]
    np.testing.assert_allclose(viewpoint.pixels(np.array([viewpoint.target]), (200, 100)), [[100, 50]], atol=1e-9)
    np.testing.assert_allclose(viewpoint.rotation @ viewpoint.rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(viewpoint.rotation) == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "left", "up"),
    [("chase", (0, 1, 0), (0, 0, 1)), ("top", (0, 1, 0), (1, 0, 0)), ("side", (1, 0, 0), (0, 0, 1))],
)
def test_left_is_left_and_up_is_up(name, left, up):
    viewpoint = VIEWPOINTS[name]
    middle = np.array(viewpoint.target)
    column, row = viewpoint.pixels(np.array([middle + left, middle + up]), (200, 100)).T
    assert column[0] < 100
    assert row[1] < 50


def test_what_is_behind_the_eye_has_no_pixel():
    viewpoint = Viewpoint(180, 0, 10, (10, 0, 0))
    assert np.isnan(viewpoint.pixels(np.array([[-1.0, 0, 0]]), (200, 100))).all()


@pytest.mark.parametrize("text", ["chase", " TOP ", "150,20,40", "-90, 5, 10.5"])
def test_viewpoints_by_name_or_number(text):
    assert isinstance(parse_viewpoint(text), Viewpoint)


@pytest.mark.parametrize("text", ["", "behind", "1,2", "1,2,3,4", "0,95,10", "0,0,0", "0,0,inf", "nan,0,10", "a,b,c"])
def test_other_viewpoints_are_one_line(text):
    with pytest.raises(InputError, match="camera"):
        parse_viewpoint(text)


def test_the_nearer_point_is_seen():
    canvas = Canvas((60, 40), Viewpoint(180, 0, 10, (10, 0, 0)), (0, 0, 0))
    canvas.clear()
    points = np.array([[5, 0, 0, 0], [9, 0, 0, 0]], np.float32)
    canvas.points(points, np.array([[255, 0, 0], [0, 255, 0]], np.uint8), np.full(2, 0.5, np.float32))
    assert canvas.image()[20, 30].tolist() == [255, 0, 0]


def test_a_cleared_canvas_is_paper():
    canvas = Canvas((20, 10), VIEWPOINTS["chase"], (1, 2, 3))
    canvas.clear()
    assert (canvas.image() == (1, 2, 3)).all()


def test_corners_lie_in_the_box():
    inwards = corners(BOX) * 0.999 + 0.001 * corners(BOX).mean(axis=0)
    assert BOX.contains(inwards.astype(np.float32)).all()
    assert not BOX.contains((corners(BOX) * 1.02 - 0.02 * corners(BOX).mean(axis=0)).astype(np.float32)).any()


def test_the_first_corners_are_ahead():
    straight = Box.standing("Car", (0.0, 0.0, 0.0), (4.0, 2.0, 1.0), 0.0)
    assert corners(straight)[:4].tolist() == [[2, 1, 0], [2, -1, 0], [-2, -1, 0], [-2, 1, 0]]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_every_box_has_its_lines(count):
    assert wireframe([BOX] * count).shape == (14 * count, 6)
    assert wireframe([BOX] * count, headed=False).shape == (12 * count, 6)


@pytest.fixture(scope="module")
def labelled():
    scan = Scan(street(0))
    return scan, segmenter()(scan)


def truth_of(scan, result):
    truth = np.where(result.labels == IGNORE, BACKGROUND, result.labels).astype(np.uint8)
    truth[::7] = IGNORE
    return truth


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_colours_every_point_and_says_how(labelled, mode):
    scan, result = labelled
    coloured = colour_points(mode, scan, result, 1.73, truth_of(scan, result))
    assert coloured.colours.shape == (len(scan), 3)
    assert coloured.colours.dtype == np.uint8
    assert bool(coloured.legend) != (coloured.scale is not None)


def test_objects_have_the_colour_of_their_class(labelled):
    scan, result = labelled
    coloured = colour_points("class", scan, result, 1.73)
    cars = result.labels == CAR
    assert cars.any()
    assert (coloured.colours[cars] == CLASS_LEGEND["car"]).all()
    assert np.array_equal(coloured.marked, cars)


def test_errors_stand_out_and_what_is_not_scored_recedes(labelled):
    scan, result = labelled
    truth = np.full(len(scan), BACKGROUND, np.uint8)
    truth[: len(scan) // 2] = IGNORE
    coloured = colour_points("error", scan, result, 1.73, truth)
    scored = truth != IGNORE
    assert np.array_equal(coloured.marked, scored & (result.labels == CAR))
    assert coloured.colours[~scored].max() < 100


@pytest.mark.parametrize("points", [np.empty((0, 4), np.float32), np.full((3, 4), np.nan, np.float32)])
@pytest.mark.parametrize("mode", MODES)
def test_scans_without_returns_can_be_coloured(points, mode):
    scan = Scan(points)
    labelled = segmenter()(scan)
    assert colour_points(mode, scan, labelled, 1.73, labelled.labels).colours.shape == (len(points), 3)


@pytest.mark.parametrize("name", SCALES)
def test_scales_end_at_their_ends(name):
    scale: Scale = SCALES[name]
    values = np.array([-1e9, scale.low, np.nan, scale.high, np.inf], np.float32)
    table = scale.table
    np.testing.assert_array_equal(scale(values), table[[0, 0, 0, 255, 255]])


@pytest.mark.parametrize(("share", "mark"), [(0.0, "2 m"), (0.5, "12.6 m"), (1.0, "80 m")])
def test_marks_of_a_logarithmic_scale(share, mark):
    assert SCALES["range"].mark(share) == mark


@pytest.mark.parametrize("viewpoint", VIEWPOINTS)
@pytest.mark.parametrize("mode", ["class", "range"])
def test_every_viewpoint_can_be_drawn(labelled, viewpoint, mode):
    scan, result = labelled
    painter = Painter((160, 90), VIEWPOINTS[viewpoint], 1.73)
    coloured = colour_points(mode, scan, result, 1.73)
    picture = painter.draw(scan.points, coloured, "title", "subtitle", [Outlines([BOX], (255, 0, 0), "box")])
    assert picture.shape == (90, 160, 3)
    assert picture.std() > 5


def test_a_painter_forgets_the_last_picture(labelled):
    scan, result = labelled
    painter = Painter((160, 90), VIEWPOINTS["chase"], 1.73)
    coloured = colour_points("class", scan, result, 1.73)
    first = painter.draw(scan.points, coloured, "a")
    painter.draw(scan.points[:0], colour_points("class", Scan(scan.points[:0]), nothing(), 1.73), "a")
    np.testing.assert_array_equal(painter.draw(scan.points, coloured, "a"), first)


def nothing():
    return segmenter()(Scan(np.empty((0, 4), np.float32)))


def test_the_recording_car_is_no_white_box():
    scan, size = Scan(np.empty((0, 4), np.float32)), (640, 360)
    picture = Painter(size, VIEWPOINTS["chase"], 1.73).draw(
        scan.points, colour_points("class", scan, nothing(), 1.73), ""
    )
    corners = np.array([[x, y, -1.73] for x in (-2.45, 1.85) for y in (-0.9, 0.9)])
    for column, row in VIEWPOINTS["chase"].pixels(corners, size).astype(int):
        assert 100 < picture[row - 4 : row + 5, column - 4 : column + 5].max() < 200


def test_cars_are_drawn_in_their_colour_where_they_are(labelled):
    scan, result = labelled
    size = 640, 360
    painter = Painter(size, VIEWPOINTS["chase"], 1.73)
    picture = painter.draw(scan.points, colour_points("class", scan, result, 1.73), "")
    blue = np.abs(picture.astype(int) - CLASS_LEGEND["car"]).max(axis=2) < 40
    column, row = VIEWPOINTS["chase"].pixels(np.array([[12.0, 0.0, -0.8]]), size)[0].astype(int)
    assert blue[row - 15 : row + 15, column - 25 : column + 25].mean() > 0.02
    blue[row - 40 : row + 40, column - 60 : column + 60] = False
    assert blue[60:-40].mean() < 0.002


@pytest.mark.real
def test_real_cars_are_drawn_where_they_stand(real):
    source = open_source(real / "kitti_object")
    frame = next(frame for frame in source.frames if frame.number == 1584)
    scan, size, eye = source.scan(frame), (1280, 720), VIEWPOINTS["chase"]
    result = Segmenter.load("fast", sensor=source.sensor, view="front")(scan)
    picture = Painter(size, eye, 1.73).draw(scan.points, colour_points("class", scan, result, 1.73), "")
    blue = np.abs(picture.astype(int) - CLASS_LEGEND["car"]).max(axis=2) < 40
    cars = [box for box in source.boxes(frame) if box.kind == "Car" and 0 < box.centre[0] < 20]
    assert cars
    for car in cars:
        columns, rows = eye.pixels(corners(car), size).T.astype(int)
        assert blue[rows.min() : rows.max(), columns.min() : columns.max()].mean() > 0.05
