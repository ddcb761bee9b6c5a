"""Segmentations with given labels, without a network."""

from __future__ import annotations

import numpy as np

from data.segmentation import Segmentation
from helpers.scans import SMALL
from projection import project


def segmentation(labels, confidence=None, instances=None):
    """Labels of points that no range image shows."""
    image = project(np.zeros((len(labels), 4), np.float32), SMALL)
    return Segmentation(labels, image, confidence, instances)
