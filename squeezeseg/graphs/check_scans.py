"""Simulated scans, always the same: some that int8 is calibrated on, others that exports are checked on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.labels import IGNORE, class_map
from data.simulator import simulate
from data.sources import open_source
from projection import Sectors, project
from squeezeseg.networks import Normalisation

CALIBRATION_SEED, CHECK_SEED = 9500, 9700
"""Neither is among the seeds that the embedded weights were trained, chosen or reported on."""


@dataclass(frozen=True, eq=False)
class CheckScan:
    """A full turn as four sectors (4, H, S).

    channels: (4, 5, H, S) float32, metres. truth: (4, H, S) uint8 class ids, 255 where there is none.
    """

    channels: NDArray[np.float32]
    truth: NDArray[np.uint8]

    def inputs(self, normalisation: Normalisation) -> NDArray[np.float32]:
        """The network's input, (4, 5, H, S)."""
        return normalisation(self.channels)


def check_scans(
    count: int, seed: int, multiple: int, progress: Callable[[int, int], None] | None = None
) -> Iterator[CheckScan]:
    """Simulate so many scans, a new street every second one. progress: called with (scans done, scans in all)."""
    with tempfile.TemporaryDirectory() as folder:
        source = open_source(simulate(Path(folder), count, seed, scene_per=2, interval=1.0, progress=progress))
        sectors = Sectors.of(source.sensor, multiple)
        for frame in source.frames:
            scan = source.scan(frame)
            image = project(scan.points, source.sensor, scan.ring)
            truth = source.truth(frame, scan, class_map("default"))
            assert truth is not None
            of_pixels = image.of_pixels(truth, IGNORE)
            yield CheckScan(sectors.cut(image), of_pixels[:, sectors.sources].transpose(1, 0, 2))
