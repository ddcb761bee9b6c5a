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
"""Columns of the image, to either side of what is labelled, that go through the network with it."""
REVISED = 64
"""Columns before a sector that are labelled once more, with the sector beside them."""


class SectorLabeller:
    """Labels the sectors of a sensor's turns, in their order. Not for several threads at once.

    A sector is labelled as a scan of its own, seen through a window that is wider: to its left are the columns that the
    sensor has just gone through, to its right those of the turn before. So an object that the sector's end cuts is seen
    whole, if one side of it is a tenth of a second old. When the next sector is there, the columns before it are
    labelled once more. All that labels depend on, CRF and objects too, is decided in the window; `turn` puts the
    sectors of a turn together.

    segmenter: for the sensor's full turn. count: K, of a turn's sectors. context, revised: in columns.

    Raises:
        InputError: another count than those of `COUNTS`, or the sensor doesn't see all around.

    Example:
        >>> labeller = SectorLabeller(Segmenter.load(sensor=source.sensor), 8)
        >>> for sector in source.sectors(8):
        ...     labeller(sector).labels
    """

    def __init__(self, segmenter: Segmenter, count: int, context: int = CONTEXT, revised: int = REVISED) -> None:
        self.sensor = sensor = segmenter.sensor
        if count not in COUNTS:
            raise InputError(f"{count} sectors: a turn can be cut into {' or '.join(map(str, COUNTS))}")
        if not sensor.full_turn:
            raise InputError(f"sectors: sensor {sensor.name} must be seen all around; leave out --view front")
        self.count = count
        self._has_objects = segmenter.classifier is not None
        width = sensor.columns // count
        context, self._revised = min(context, sensor.columns // 8), min(revised, sensor.columns // 8)
        self._before, self._width, self._behind = context + self._revised, width, context
        self._reach = math.ceil(self._before / width), math.ceil(context / width)
        step = 360 / sensor.columns
        columns = self._before + width + context
        views: dict[float, Segmenter] = {}
        self._windows: list[tuple[int, Segmenter]] = []
        for number in range(count):
            centre = CUT - (number + 0.5) * 360 / count
            quarter = math.floor(centre / 90 + 0.5)
            beside = centre - 90 * quarter
            if beside not in views:
                left = beside + (width / 2 + self._before) * step
                view = replace(sensor, columns=columns, azimuth_left=left, azimuth_right=left - columns * step)
                views[beside] = segmenter.seeing(view)
            self._windows.append((quarter, views[beside]))
        self._labelled: dict[int, LabelledSector] = {}
        self._numbers = ObjectNumbers()
        self._watch, self._intensities = Watch(sensor), IntensityMemory()

    def __call__(self, sector: TurnSector) -> LabelledSector:
        """Label the points of the sector that follows the last one.

        Raises:
            InputError: as `Segmenter` does.
        """
        known, position = self._around(sector)
        scans = [one.sector.scan for one in known]
        scans.insert(position, sector.scan)
        window = self._label(scans, sector)
        ends = np.cumsum([len(scan) for scan in scans]).tolist()
        parts = [slice(end - len(scan), end) for scan, end in zip(scans, ends, strict=True)]
        own = parts.pop(position)

        # The points that get labels, those known of the last turn only, and numbers that objects have already.
        labelled, old = np.zeros(len(window), np.bool_), np.zeros(len(window), np.bool_)
        before = np.zeros(len(window), np.uint16)
        labelled[own] = True
        for k, (one, part) in enumerate(zip(known, parts, strict=True)):
            if k >= position and one.sector.turn != sector.turn:
                old[part] = True
            elif one.instances is not None:
                before[part] = np.where(one.labels == window.labels[part], one.instances, 0)
            if one.sector.turn == sector.turn:
                labelled[part] = self._is_near(window.image.pixel[part], before=k < position)
        found = window.instance_numbers
        number_of = self._numbers(found, before, labelled)
        cut = set(np.unique(found[old & (found > 0)]).tolist())
        whole = {k: int(number_of[k]) for k in np.unique(found[labelled & (found > 0)]).tolist() if k not in cut}

        labels, confidence = window.labels, window.confidence_or(1.0)
        numbers = number_of[found] if self._has_objects else None
        revised = tuple(
            one.changed(labelled[part], labels[part], confidence[part], None if numbers is None else numbers[part])
            for one, part in zip(known, parts, strict=True)
            if labelled[part].any()
        )
        instances = None if numbers is None else numbers[own]
        newest = LabelledSector(sector, labels[own], confidence[own], instances, window, whole, revised)
        self._labelled.update({one.sector.number: one for one in (*revised, replace(newest, revised=()))})
        return newest

    def _around(self, sector: TurnSector) -> tuple[list[LabelledSector], int]:
        """The sectors beside one, from the left to the right, without what was lost since; and its place among them."""
        left, right = self._reach
        places = [(sector.number + j) % self.count for j in (*range(-left, 0), *range(1, right + 1))]
        beside = [self._labelled.get(place) for place in places]
        near = [one if one is not None and _age(one.sector, sector) <= self.count else None for one in beside]
        return [one for one in near if one is not None], sum(one is not None for one in near[:left])

    def _label(self, scans: Sequence[Scan], sector: TurnSector) -> SegmentedScan:
        """The segmented points of sectors beside each other, as one scan."""
        points = np.concatenate([scan.points for scan in scans])
        rings = [scan.ring for scan in scans if scan.ring is not None]
        ring = np.concatenate(rings) if len(rings) == len(scans) else None
        quarter, segmenter = self._windows[sector.number]
        _turn(points.T, -quarter)
        window = segmenter(replace(sector.scan, points=points, ring=ring))
        _turn(points.T, quarter)
        _turn(window.image.channels, quarter)
        return window

    def _is_near(self, pixel: NDArray[np.int32], *, before: bool) -> NDArray[np.bool_]:
        """Which of the window's pixels are labelled anew: those right before the sector, or right behind it."""
        columns = pixel % (self._before + self._width + self._behind)
        if before:
            return (pixel >= 0) & (columns >= self._before - self._revised)
        return (pixel >= 0) & (columns < self._before + self._width + self._revised)

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
