"""Processor time of a simulated scan by stage, on one core: python tests/data/simulator/measure_speed.py [STREETS]."""

from __future__ import annotations

import sys
import time

import numpy as np

from data.simulator.drive import _in_the_way
from data.simulator.sensor.caster import Caster
from data.simulator.sensor.lidar import Lidar
from data.simulator.street.layout import lay_out

SCANS, ROUNDS = 2, 2
"""Scans of a street, as training has them; rounds, of which the best counts."""


def measure(street: int) -> dict[str, float]:
    """Milliseconds of each stage for one street and its scans."""
    spent, last = dict[str, float](), time.thread_time()

    def done(stage: str) -> None:
        nonlocal last
        now = time.thread_time()
        spent[stage], last = spent.get(stage, 0.0) + 1e3 * (now - last), now

    laid_out = lay_out(np.random.default_rng((7, 1, street)), float(SCANS))
    done("lay out")
    caster, lidar = Caster(laid_out, 1), Lidar(np.random.default_rng((7, 0, street)))
    done("index")
    for scan in range(SCANS):
        pose = laid_out.ego(float(scan))
        caster.move(float(scan), _in_the_way(laid_out, pose, float(scan)))
        done("move")
        lidar.scan(caster, pose, np.random.default_rng((7, 2, street, scan)))
        done("scan")
    return spent


if __name__ == "__main__":
    streets = range(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
    measure(0)  # compiles, and builds what all streets share
    rounds = [[measure(street) for street in streets] for _ in range(ROUNDS)]
    best = {
        stage: np.mean([min(one[stage] for one in runs) for runs in zip(*rounds, strict=True)])
        for stage in rounds[0][0]
    }
    print(", ".join(f"{stage} {value:.1f}" for stage, value in best.items()), f"ms a street of {SCANS} scans")
    print(f"{1e3 * SCANS / sum(best.values()):.1f} scans a second of processor time")
