"""What tracks are made of."""

from __future__ import annotations

import json

import numpy as np
import pytest
from helpers.results import segmentation

from data.boxes import Box
from data.labels import BACKGROUND, CAR, PEDESTRIAN
from squeezeseg.objects.boxes import Detection
from squeezeseg.tracking import Sighting, sightings_of

POINTS = np.array([[1, 0, 0, 0], [3, 2, 1, 0], [9, 9, 9, 0], [5, 5, 5, 0]], np.float32)
BOX = Box("Car", (2.1, 1.0, 0.5), (4.0, 1.7, 1.5), 0.1)


def result(instances):
    labels = np.array([CAR, CAR, BACKGROUND, PEDESTRIAN], np.uint8)
    return segmentation(labels, np.array([0.5, 0.75, 1, 0.25], np.float32), instances)


def test_objects_with_and_without_a_box():
    found = sightings_of(
        POINTS, result(np.array([2, 2, 0, 7], np.uint16)), [Detection(BOX, 2, CAR, score=0.9, points=2)]
    )
    assert found == (
        Sighting(2, CAR, 0.9, 2, (2.0, 1.0, 0.5), BOX),
        Sighting(7, PEDESTRIAN, pytest.approx(0.25), 1, (5.0, 5.0, 5.0), None),
    )


@pytest.mark.parametrize("instances", [None, np.zeros(4, np.uint16)])
def test_no_objects_no_sightings(instances):
    assert sightings_of(POINTS, result(instances), []) == ()


@pytest.mark.parametrize("box", [None, Box("Car", (1 / 3, -0.1, 2**-30), (4.0, 1.7, 1.5), 0.1)])
def test_json_keeps_every_bit(box):
    one = Sighting(3, CAR, 0.1 + 0.2, 40, (1 / 3, 2 / 3, -1e-17), box)
    assert Sighting.from_dict(json.loads(json.dumps(one.as_dict()))) == one
