"""What pictures show of tracks."""

from __future__ import annotations

import numpy as np
import pytest

from apps.drawing.colouring import Coloured
from apps.drawing.perspective.painter import Painter
from apps.drawing.perspective.viewpoint import VIEWPOINTS
from apps.drawing.track_marks import TrackMarks, track_marks
from data.boxes import Box
from data.labels import CAR
from squeezeseg.plotting.palette import MOTIONS
from squeezeseg.tracking.followed import Followed

NOTHING = np.empty((0, 4), np.float32), Coloured(np.empty((0, 3), np.uint8), np.empty(0, np.bool_))


def followed(number, moving=None, *, seen=True, confirmed=True, x=8.0, speed=10.0):
    box = Box.standing("Car", (x, 0.0, -1.7), (4.2, 1.8, 1.5), 0.0)
    trail = np.array([(x - k, 3.0, -1.7) for k in (4, 3, 2, 1)])
    return Followed(number, CAR, box, seen, confirmed, speed, moving, trail)


@pytest.mark.parametrize(("moving", "name"), [(True, "moving"), (False, "parked"), (None, "motion not known")])
def test_colours_tell_what_moves(moving, name):
    marks = track_marks([followed(1, moving)])
    (group,) = (one for one in marks.outlines if one.boxes)
    assert (group.name, group.colour, marks.tags[0].colour) == (name, *[MOTIONS[name].dark] * 2)
    assert marks.trails.shape == (3, 6)
    assert tuple(marks.trail_colours[-1]) == MOTIONS[name].dark
    assert marks.trail_colours[0].max() < marks.trail_colours[-1].max()


def test_what_is_hidden_or_seen_once_only_is_faint_and_what_is_both_is_left_out():
    marks = track_marks(
        [followed(1, seen=False), followed(2, confirmed=False), followed(3, seen=False, confirmed=False)]
    )
    assert [(len(one.boxes), one.name) for one in marks.outlines if one.boxes] == [(2, "")]
    assert {tag.text for tag in marks.tags} == {"car 1 36 km/h", "car 2?"}


def test_what_moves_and_is_near_comes_first():
    given = [followed(1, False), followed(2, True, x=30), followed(3, True), followed(4, True, x=2, seen=False)]
    assert [tag.text.split()[1] for tag in track_marks(given).tags] == ["3", "2", "1", "4"]


def test_no_tracks_no_marks():
    marks = track_marks([])
    assert (len(marks.tags), marks.trails.shape, marks.trail_colours.shape) == (0, (0, 6), (0, 3))


def test_a_picture_shows_box_trail_and_words():
    painter = Painter((320, 180), VIEWPOINTS["chase"], 1.73)
    plain = painter.draw(*NOTHING, "title")
    marks = track_marks([followed(1, True)])
    for part in (
        TrackMarks(outlines=marks.outlines),
        TrackMarks(trails=marks.trails, trail_colours=marks.trail_colours),
        TrackMarks(tags=marks.tags),
    ):
        assert not np.array_equal(plain, painter.draw(*NOTHING, "title", tracks=part))


def test_words_that_would_hide_others_and_those_out_of_sight_are_left_out():
    painter = Painter((320, 180), VIEWPOINTS["chase"], 1.73)

    def drawn(*numbers):
        marks = track_marks([followed(k, True, x=x) for k, x in numbers])
        return painter.draw(*NOTHING, "title", tracks=TrackMarks(tags=marks.tags))

    assert np.array_equal(drawn((1, 8.0)), drawn((1, 8.0), (2, 8.1), (3, -60.0)))
    assert not np.array_equal(drawn((1, 8.0)), drawn((1, 8.0), (2, 40.0)))
