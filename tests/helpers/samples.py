"""Labelled full turns, and a source of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data.labels import CYCLIST, IGNORE, PEDESTRIAN
from data.scan import Scan
from data.sources import Frame, Source
from projection import InputError
from squeezeseg.training.samples import BIN, COLUMNS, SampleStore

from .scans import SMALL, full_scan


def make_store(frames=3, height=4, around=True, seed=0):
    """Full turns with a return in nearly every pixel, all near z = -1; the intensity is a quarter of the label."""
    rng = np.random.default_rng(seed)
    azimuth = np.pi - (np.arange(COLUMNS) + 0.5) * (2 * np.pi / COLUMNS)
    away = rng.uniform(5, 30, (frames, height, COLUMNS))
    channels = np.empty((frames, 4, height, COLUMNS), np.float16)
    channels[:, 0], channels[:, 1] = away * np.cos(azimuth), away * np.sin(azimuth)
    channels[:, 2] = -1 + rng.normal(0, 0.1, away.shape)
    labels = np.repeat(rng.integers(0, 4, (frames, height, COLUMNS // 8)), 8, axis=2).astype(np.uint8)
    channels[:, 3] = labels / 4
    empty = rng.random(labels.shape) < 0.1
    channels[np.repeat(empty[:, None], 4, axis=1)] = 0
    labels[empty] = IGNORE
    person = (labels == PEDESTRIAN) | (labels == CYCLIST)
    people = person.sum(1).reshape(frames, -1, BIN).sum(2).astype(np.int32)
    return SampleStore(channels, labels, np.full(frames, around), people)


class FakeSource(Source):
    """Scans of a small sensor in which points to the left are cars. `broken` and `unlabelled` are frame numbers."""

    labels_around = True

    def __init__(self, path, frames=3, broken=(), unlabelled=(), sensor=None):
        sensor = sensor or replace(SMALL, columns=COLUMNS, cut=0.0)
        super().__init__(path, path.name, [Frame(n, f"{n:010d}", path / f"{n}") for n in range(frames)], sensor)
        self.broken, self.unlabelled, self.reads = broken, unlabelled, 0

    def scan(self, frame):
        self.reads += 1
        if frame.number in self.broken:
            raise InputError(f"{frame.path}: broken; mend it")
        return Scan(full_scan(self.base_sensor, step=2.0, seed=frame.number)[0], frame.number, frame.name)

    def truth(self, frame, scan, class_map):
        if frame.number in self.unlabelled:
            return None
        return np.where(scan.points[:, 1] > 0, class_map.kitti["Car"], 0).astype(np.uint8)

    @property
    def labelled(self):
        return len(self.unlabelled) < len(self.frames)
