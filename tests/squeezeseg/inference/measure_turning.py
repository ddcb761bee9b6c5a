"""Measures how many points keep their label when a scan is turned.

    python tests/squeezeseg/inference/measure_turning.py MODEL DRIVE --frames 0:5 --angles 1 2.8125 5.625 17 45 90 133.7

A network that sees no azimuth is exact for multiples of its column stride (5.625 degrees at 32 of 2,048 columns), but
for points that a rounded coordinate moves to the next pixel. Beams are those of the scan as it was recorded.
"""

from __future__ import annotations

import argparse
import json

import numpy as np

from data.sources import open_source, select
from projection.beam_order import NO_BEAM
from projection.spherical import assign_rows
from squeezeseg import InferenceSettings, Segmenter


def turned(points, degrees):
    """Points turned about z, computed in float64."""
    angle = np.deg2rad(degrees)
    x, y = points[:, :2].astype(np.float64).T
    out = points.copy()
    out[:, 0], out[:, 1] = np.cos(angle) * x - np.sin(angle) * y, np.sin(angle) * x + np.cos(angle) * y
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("drive")
    parser.add_argument("--frames", default="0:5")
    parser.add_argument("--angles", type=float, nargs="+", default=[0.1, 1, 2.8125, 5.625, 17, 45, 90, 133.7, 180])
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--precision", default="auto")
    given = parser.parse_args()
    source = select(open_source(given.drive), frames=given.frames)
    ways = {"network": {"crf": False, "objects": False}, "with CRF": {"objects": False}, "all": {}}
    for way, switches in ways.items():
        settings = InferenceSettings.given(engine=given.engine, precision=given.precision, **switches)
        segment = Segmenter.load(given.model, settings=settings, sensor=source.sensor, view="full")
        counts = np.zeros((len(given.angles), 5), np.int64)
        for frame in source.frames:
            scan = source.scan(frame)
            rows = np.empty(len(scan.points), np.uint8)
            assign_rows(scan.points, source.sensor, scan.ring, out=rows)
            points, rows = scan.points[rows != NO_BEAM], rows[rows != NO_BEAM]
            before = segment(points, rows).labels.copy()
            for i, angle in enumerate(given.angles):
                after = segment(turned(points, angle), rows).labels
                same, objects = before == after, (before > 0) | (after > 0)
                counts[i] += (len(points), same.sum(), objects.sum(), same[objects].sum(), same.all())
        for (points, same, objects, same_objects, exact), angle in zip(counts.tolist(), given.angles, strict=True):
            found = {"points": points, "same": round(same / points, 6)}
            found |= {"of objects' points": round(same_objects / objects, 4) if objects else None}
            found |= {"scans without a change": exact, "of": len(source.frames)}
            print(json.dumps({"way": way, "engine": segment.engine.name, "degrees": angle, **found}))


if __name__ == "__main__":
    main()
