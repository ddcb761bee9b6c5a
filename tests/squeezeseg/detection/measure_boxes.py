"""Boxes of clustered points against those of a head for boxes, and the two joined.

    squeezeseg simulate DRIVE --frames 40 --seed 9860 --scene-per 2 --interval 1
    python tests/squeezeseg/detection/measure_boxes.py MODEL DRIVE ...

MODEL has a head for boxes. What is printed is what `box_scores` gives, in per cent: AP at IoU .7 / .5 / .5 and
.5 / .25 / .25, from above and in 3D, and the loose one from above by distance; objects found, boxes of nothing a frame.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from data.boxes import Box
from data.labels import CLASS_TABLE, class_map
from data.sources import open_source
from squeezeseg import Segmenter
from squeezeseg.detection.cells import CellGrid
from squeezeseg.detection.joined import boxes_of_cells, boxes_of_objects
from squeezeseg.evaluation.box_scores import FrameBoxes, box_scores

LEAST = 0.3
"""Score of a cell's box that counts."""


class Heard:
    """An engine whose last outputs are kept."""

    def __init__(self, engine):
        self._engine = engine
        self.outputs = {}

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def __call__(self, inputs):
        self.outputs = self._engine(inputs)
        return self.outputs

    def around(self, inputs, turn):
        self.outputs = self._engine.around(inputs, turn)
        return self.outputs


def ways(segmenter, heard, scan):
    """By name: boxes, classes and scores of a scan's objects; and what labelled it."""
    result = segmenter(scan)
    given, channels = segmenter._pixels._input, result.image.channels
    _, _, height, width = given.shape
    told = heard.outputs["boxes"]
    stride = width // told.shape[3]
    told = np.concatenate(list(told), axis=2)
    grid = CellGrid.of(given.sectors.places, stride, height, width * given.shape[0])
    objects = result.objects
    clustered = [(one.box, one.class_id, one.score) for one in objects]
    cells = [
        (box_of(box, kind), kind, score)
        for box, kind, score in zip(*boxes_of_cells(told, channels, grid, LEAST), strict=True)
    ]
    number = np.zeros(int(result.instances.max(initial=0)) + 1, np.int64)
    for k, one in enumerate(objects):
        number[one.instance] = k + 1
    owner = number[result.instances]
    seen = (owner > 0) & (result.image.pixel >= 0)
    whole, believed = boxes_of_objects(
        told,
        channels,
        grid,
        result.image.pixel[seen],
        owner[seen] - 1,
        np.array([one.class_id for one in objects], int),
    )
    joined = [
        (box_of(box, one.class_id) if sure else one.box, one.class_id, one.score)
        for box, sure, one in zip(whole, believed, objects, strict=True)
    ]
    return {"clustered": clustered, "cells alone": cells, "joined": joined}, result


def box_of(box, kind):
    """A box of numbers."""
    return Box(CLASS_TABLE[kind].kitti, tuple(box[:3]), tuple(box[3:6]), float(box[6]))


def main() -> None:
    """Print a block for each recording and way."""
    classes = class_map("default")
    for path in sys.argv[2:]:
        source = open_source(Path(path))
        segmenter = Segmenter.load(sys.argv[1], sensor=source.sensor, lanes=1)
        heard = segmenter._pixels.engine = Heard(segmenter.engine)
        frames = {}
        for frame in source.frames:
            true = source.boxes(frame)
            if true is None:
                continue
            scan = source.scan(frame)
            found, result = ways(segmenter, heard, scan)
            truth, seen = source.truth(frame, scan, classes), result.image.pixel >= 0
            for name, boxes in found.items():
                frames.setdefault(name, []).append(FrameBoxes.of(true, boxes, scan.points, truth, seen, classes))
        for way, kept in frames.items():
            print(f"{path}, {len(kept)} scans, {way}")
            for name, one in box_scores(kept).items():
                ap = one["ap"]
                cells = [ap[level][field] for level in ("strict", "loose") for field in ("bev", "3d")]
                cells += [zone["loose"]["bev"] for zone in one["by_distance"].values()]
                row = "  ".join("   -" if cell is None else f"{100 * cell:4.1f}" for cell in cells)
                found = "-" if one["detected"] is None else f"{one['detected']:.0%}"
                print(
                    f"  {name:10} {row}  found {found} of {one['truth']}, false {one['false_per_frame']:.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
