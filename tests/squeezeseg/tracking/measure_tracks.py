"""Tracks against a simulated drive's own: found, followed, fast enough.

    squeezeseg simulate DRIVE --frames 100 --seed 9851 --scene-per 100 --interval 0.1
    squeezeseg segment DRIVE --track --model fast --out RUN
    python tests/squeezeseg/tracking/measure_tracks.py DRIVE RUN

By class: true objects of all frames within FARTHEST metres that have POINTS points or more; how many of them have a
box of a track within REACH metres, of tracks that more than one scan shows; how often one's number changes; boxes of
nothing in a frame; the error of the speed, the median of all; how many of the objects that were followed for FEWEST
frames or more are rightly called moving or parked.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from data.labels import CLASSES, OBJECT_CLASSES, class_map
from data.sources import open_source

FARTHEST, POINTS, FEWEST = 50.0, 10, 10
REACH = {"car": 2.0, "pedestrian": 1.0, "cyclist": 1.0}
MOVING = 0.5
"""True speed, m/s, above which an object moves."""


def main() -> None:
    """Print a row for each class."""
    source, run = open_source(Path(sys.argv[1])), Path(sys.argv[2])
    tracks = [json.loads(line) for line in (run / "tracks.jsonl").read_text().splitlines()]
    tracks = [one for one in tracks if one["confirmed"]]
    for k in OBJECT_CLASSES:
        name = CLASSES[k]
        found = defaultdict(list)
        for one in tracks:
            if one["class"] == name:
                for box in one["boxes"]:
                    found[box["frame"]].append((one["id"], box))
        print(name, _row(source, k, found, REACH[name], {one["id"]: one["moving"] for one in tracks}))


def _row(source, class_id, found, reach, moving):
    classes = class_map("default")
    number, speeds, calls = {}, [], {}
    count = Counter()
    world = defaultdict(dict)
    for frame in source.frames:
        pose = source.pose(frame)
        for box in source.boxes(frame):
            world[box.track][frame.number] = (pose @ (*box.centre, 1.0))[:2]
    for frame in source.frames:
        scan = source.scan(frame)
        true = [
            box
            for box in source.boxes(frame)
            if classes.class_of(box.kind) == class_id
            and np.hypot(*box.centre[:2]) < FARTHEST
            and box.contains(scan.points).sum() >= POINTS
        ]
        every = [box for box in source.boxes(frame) if classes.class_of(box.kind) == class_id]
        mine = found.get(frame.number, [])
        count["true"] += len(true)
        near = np.array([[np.hypot(*np.subtract(b.centre[:2], m["centre"][:2])) for _, m in mine] for b in every])
        near = near.reshape(len(every), len(mine))
        count["false"] += sum(
            np.hypot(*m["centre"][:2]) < FARTHEST and m["seen"] and (not len(every) or near[:, j].min() > 2 * reach)
            for j, (_, m) in enumerate(mine)
        )
        costs = np.array([near[every.index(b)] for b in true]).reshape(len(true), len(mine))
        for i, j in zip(*linear_sum_assignment(costs), strict=True):
            if costs[i, j] > reach:
                continue
            track, (own, box) = true[i].track, mine[j]
            count["found"] += 1
            count["switches"] += track in number and number[track] != own
            number[track] = own
            before, after = world[track].get(frame.number - 1), world[track].get(frame.number + 1)
            if before is not None and after is not None:
                speed = float(np.hypot(*(after - before))) / 0.2
                speeds.append(abs(speed - box["speed"]))
                calls.setdefault(track, []).append((speed > MOVING, moving[own]))
    told = [Counter(one).most_common(1)[0][0] for one in calls.values() if len(one) >= FEWEST]
    sure = [a == b for a, b in told if b is not None]
    frames = len(source.frames)
    return (
        f"true {count['true']}, found {count['found'] / max(count['true'], 1):.1%}, switches {count['switches']}, "
        f"false a frame {count['false'] / frames:.2f}, speed off by {np.median(speeds or [np.nan]):.2f} m/s, "
        f"moving or parked right {sum(sure)} of {len(sure)}, not told {len(told) - len(sure)}"
    )


if __name__ == "__main__":
    main()
