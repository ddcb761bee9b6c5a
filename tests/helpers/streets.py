"""Streets of two turns that cost nothing to make; processes that make them import this module."""

from __future__ import annotations

import os
import signal

import numpy as np

from projection import InputError
from squeezeseg.training.samples import COLUMNS

HEIGHT = 64


def flat_street(seed, first, map_name):
    """Turns full of the scan's number in each channel, of which a part is a car."""
    turns = []
    for number in (first, first + 1):
        channels = np.full((4, HEIGHT, COLUMNS), number % 100 + 1, np.float16)
        labels = np.zeros((HEIGHT, COLUMNS), np.uint8)
        labels[:, : (number * 37 + seed) % 1000 + 1] = 1
        turns.append((channels, labels))
    return turns


def failing_street(seed, first, map_name):
    raise InputError("the sky fell; hold it up")


def broken_street(seed, first, map_name):
    raise ValueError("no such thing")


def killed_street(seed, first, map_name):
    os.kill(os.getpid(), signal.SIGKILL)
