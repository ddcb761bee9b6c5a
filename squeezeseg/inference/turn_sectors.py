"""Sectors of a turn, labelled one by one: each as soon as it is there, among what was seen last on both sides of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.plausibility import IntensityMemory, Watch
from data.scan import Scan
from data.turn_sector import COUNTS, CUT, TurnSector
from projection import InputError, project
from squeezeseg.inference.labelled_sector import LabelledSector
from squeezeseg.inference.object_numbers import ObjectNumbers
from squeezeseg.inference.segmented_scan import SegmentedScan
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.objects.ground import find_ground

CONTEXT = 64
"""Columns of the image, to either side of a sector, that go through the network with it."""


class SectorLabeller:
    """Labels the sectors of a sensor's turns, in their order. Not for several threads at once.

    A sector is labelled as a scan of its own, seen through a window that is a little wider: to its left are the columns
    that the sensor has just gone through, to its right those of the turn before. So an object that the sector's end
    cuts is seen whole, one side of it a tenth of a second old. All that the labels depend on, CRF and objects too, is
    decided in the window; `turn` puts the sectors of a turn together.

    segmenter: for the sensor's full turn. count: K, of a turn's sectors. context: in columns.

    Raises:
        InputError: another count than those of `COUNTS`, or the sensor doesn't see all around.

    Example:
        >>> labeller = SectorLabeller(Segmenter.load(sensor=source.sensor), 8)
        >>> for sector in source.sectors(8):
        ...     labeller(sector).labels
    """

    def __init__(self, segmenter: Segmenter, count: int, context: int = CONTEXT) -> None:
        self.sensor = sensor = segmenter.sensor
        if count not in COUNTS:
            raise InputError(f"{count} sectors: a turn can be cut into {' or '.join(map(str, COUNTS))}")
        if not sensor.full_turn:
            raise InputError(f"sectors: sensor {sensor.name} must be seen all around; leave out --view front")
        self.count = count
        self._has_objects = segmenter.classifier is not None
        context = min(context, sensor.columns // 4)
        width = sensor.columns // count
        self._reach = min(math.ceil(context / width), (count - 1) // 2)
        half = (width / 2 + context) * 360 / sensor.columns
        views: dict[float, Segmenter] = {}
        self._windows: list[tuple[int, Segmenter]] = []
        for number in range(count):
            centre = CUT - (number + 0.5) * 360 / count
            quarter = math.floor(centre / 90 + 0.5)
            beside = centre - 90 * quarter
            if beside not in views:
                columns, left, right = width + 2 * context, beside + half, beside - half
                view = replace(sensor, columns=columns, azimuth_left=left, azimuth_right=right)
                views[beside] = segmenter.seeing(view)
            self._windows.append((quarter, views[beside]))
        self._seen: dict[int, TurnSector] = {}
        self._numbers = ObjectNumbers()
        self._watch, self._intensities = Watch(sensor), IntensityMemory()

    def __call__(self, sector: TurnSector) -> LabelledSector:
        """Label the points of the sector that follows the last one.

        Raises:
            InputError: as `Segmenter` does.
        """
        there = self._around(sector)
        points = np.concatenate([one.scan.points for one in there])
        rings = [one.scan.ring for one in there if one.scan.ring is not None]
        ring = np.concatenate(rings) if len(rings) == len(there) else None
        quarter, segmenter = self._windows[sector.number]
        _turn(points.T, -quarter)
        window = segmenter(replace(sector.scan, points=points, ring=ring))
        _turn(points.T, quarter)
        _turn(window.image.channels, quarter)
        self._seen[sector.number] = sector
        first = sum(len(one.scan) for one in there[: there.index(sector)])
        own = slice(first, first + len(sector.scan))
        numbers, ended = self._numbers(there, sector, window, own)
        instances = numbers if self._has_objects else None
        return LabelledSector(sector, window.labels[own], window.confidence_or(1.0)[own], instances, window, ended)

    def _around(self, sector: TurnSector) -> list[TurnSector]:
        """A sector between those beside it, from the left to the right, without what was lost in the last turn."""
        beside = range(-self._reach, self._reach + 1)
        near = [self._seen.get((sector.number + j) % self.count) if j else sector for j in beside]
        return [one for one in near if one is not None and _age(one, sector) <= self.count]

    def check(self, whole: Scan) -> None:
        """Log in what a turn doesn't look like the sensor's, as `Segmenter` does."""
        self._watch(whole)

    @staticmethod
    def is_whole(sectors: Sequence[LabelledSector]) -> bool:
        """True if these are all sectors of a turn that is a scan."""
        whole = sectors[-1].sector.whole if sectors else None
        return whole is not None and sum(len(one.labels) for one in sectors) == len(whole)

    def turn(self, sectors: Sequence[LabelledSector]) -> SegmentedScan:
        """The segmented scan of a whole turn, of all its labelled sectors in order.

        Raises:
            ValueError: they aren't all.
        """
        whole = sectors[-1].sector.whole
        if whole is None or not self.is_whole(sectors):
            raise ValueError("expected all sectors of a turn that is a scan")
        labels, confidence = np.empty(len(whole), np.uint8), np.empty(len(whole), np.float32)
        instances = np.zeros(len(whole), np.uint16)
        start = 0
        for one in sectors:
            places = one.sector.places
            where = slice(start, start + len(one.labels)) if places is None else places
            labels[where], confidence[where] = one.labels, one.confidence
            if one.instances is not None:
                instances[where] = one.instances
            start += len(one.labels)
        image = project(whole.points, self.sensor, whole.ring)
        if self._intensities.settle(image.channels[3], whole.points[:, 3]):
            image.channels[3][~image.mask] = 0.0
        found, ground = None, None
        if self._has_objects:
            found = _from_one(instances)
            ground = find_ground(image)[1]
        return SegmentedScan(labels, image, confidence, found, image.of_pixels(labels, 0), ground, scan=whole)


def _age(one: TurnSector, now: TurnSector) -> int:
    """How many sectors ago it was."""
    return (now.turn - one.turn) * now.count + now.number - one.number


def _turn(channels: NDArray[np.float32], quarters: int) -> None:
    """Turn x and y, the first two channels, by so many quarters of a turn to the left, in place and exactly."""
    if quarters % 2:
        x, side = channels[0].copy(), 1 if quarters % 4 == 1 else -1
        np.multiply(channels[1], -side, out=channels[0])
        np.multiply(x, side, out=channels[1])
    elif quarters % 4:
        np.negative(channels[:2], out=channels[:2])


def _from_one(numbers: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The same numbers without gaps: 0 stays, the others count from 1."""
    seen = np.zeros(1 << 16, np.uint16)
    seen[numbers] = 1
    seen[0] = 0
    return (np.cumsum(seen, dtype=np.uint16) * seen)[numbers]
