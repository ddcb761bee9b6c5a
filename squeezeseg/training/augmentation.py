"""Augmentation: varied fronts, cut from a store of full turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.labels import IGNORE
from squeezeseg.training.samples import BIN, SampleStore

FEWEST_BEAMS = 16
"""That a thinned scan has."""


@dataclass(frozen=True)
class Augmentation:
    """The variation of fronts.

    people: share of the samples that are cut where pedestrians or cyclists are.
    flip: probability of a mirrored front. tilt: deviation of the sensor's pitch and roll in degrees.
    height: deviation of its height in metres. gain: largest factor on intensities, either way.
    blind: probability of a sample without intensities. drop: largest share of returns that go missing.
    thin: probability of a batch as sensors of fewer beams see it, with every second or every fourth row alone.
    """

    people: float = 0.5
    flip: float = 0.5
    tilt: float = 0.5
    height: float = 0.05
    gain: float = 1.5
    blind: float = 0.25
    drop: float = 0.1
    thin: float = 0.5

    def __post_init__(self) -> None:
        shares = (self.people, self.flip, self.blind, self.drop, self.thin)
        if not all(0 <= share <= 1 for share in shares) or min(self.tilt, self.height) < 0 or self.gain < 1:
            raise ValueError("expected shares of 0 to 1, deviations of 0 or more and a gain of 1 or more")


PLAIN = Augmentation(people=0, flip=0, tilt=0, height=0, gain=1, blind=0, drop=0, thin=0)
"""No variation but where fronts are cut."""


def draw(
    store: SampleStore, width: int, augmentation: Augmentation, random: np.random.Generator, every: int = 1
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """One random front: channels (5, H / every, width) in metres, empty pixels 0, and labels (H / every, width).

    every: the beams that are kept; which is the first of them is random.

    Where the labels cover the full turn, the front is any part of it, turned ahead.
    """
    frame, first = _place(store, width, augmentation.people, random)
    around = store.shape[1]
    columns = (first + np.arange(width)) % around
    turn_channels, turn_labels = store.turn(frame)
    if every > 1:
        height = turn_labels.shape[0] // every
        rows = slice(int(random.integers(every)), None, every)
        turn_channels, turn_labels = turn_channels[:, rows][:, :height], turn_labels[rows][:height]
    channels = np.empty((5, len(turn_labels), width), np.float32)
    channels[:4], labels = turn_channels[:, :, columns], turn_labels[:, columns]
    valid = (channels[:3] != 0).any(axis=0)
    turn = np.pi - (first + width / 2) * (2 * np.pi / around)  # azimuth of the front's middle
    _rotate(channels[0], channels[1], -turn)
    if random.random() < augmentation.flip:
        channels, labels, valid = channels[:, :, ::-1].copy(), labels[:, ::-1], valid[:, ::-1]
        channels[1] *= -1
    pitch, roll = np.deg2rad(random.normal(0, augmentation.tilt, 2))
    _rotate(channels[0], channels[2], pitch)
    _rotate(channels[1], channels[2], roll)
    channels[2] += random.normal(0, augmentation.height)
    if random.random() < augmentation.blind:
        channels[3] = 0
    else:
        channels[3] = np.clip(channels[3] * augmentation.gain ** random.uniform(-1, 1), 0, 1)
    valid = valid & (random.random(valid.shape) >= random.uniform(0, augmentation.drop))
    channels[4] = np.sqrt((channels[:3] ** 2).sum(axis=0))
    channels[2] += store.raised
    return channels * valid, np.where(valid, labels, IGNORE).astype(np.uint8)


def beams_kept(augmentation: Augmentation, beams: int, random: np.random.Generator) -> int:
    """Every how many-th beam a batch of scans of so many has: 1, 2 or 4."""
    if random.random() >= augmentation.thin or beams < 4 * FEWEST_BEAMS:
        return 1
    return int(random.choice((2, 4)))


def _place(store: SampleStore, width: int, people: float, random: np.random.Generator) -> tuple[int, int]:
    """A random frame, and the first column of a front of it."""
    frame, around = int(random.integers(len(store))), store.shape[1]
    if random.random() < people:
        weight = (store.people > 8).sum(axis=1)
        if weight.sum() > 0:
            frame = int(random.choice(len(store), p=weight / weight.sum()))
            if store.around[frame]:
                at = random.choice(np.flatnonzero(store.people[frame] > 8)) * BIN + BIN // 2
                return frame, int(at - random.integers(width // 8, width - width // 8)) % around
    if not store.around[frame]:
        return frame, (around - width) // 2
    return frame, int(random.integers(around))


def _rotate(u: NDArray[np.float32], v: NDArray[np.float32], angle: float) -> None:
    """Turn the plane (u, v) by `angle` radians, in place."""
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    u[:], v[:] = cos * u - sin * v, sin * u + cos * v
