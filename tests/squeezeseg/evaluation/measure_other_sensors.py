"""Labelled scans of other sensors than KITTI's, laid out so that `squeezeseg eval` scores them.

    python tests/squeezeseg/evaluation/measure_other_sensors.py ../shared/real other-sensors
    squeezeseg eval other-sensors/sets.yaml --model fast

Writes a set for each sensor: scans with their rings, seen from the sensor, and labels of ours as they came with them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.formats import read_points
from data.sources import open_source

LABELS = "labels: {0: background, 1: car, 2: pedestrian, 3: cyclist, 255: not scored}\n"
CLASSES = (
    "classes: {background: [background], car: [car], pedestrian: [pedestrian], cyclist: [cyclist], "
    "ignored: [not scored]}\n"
)
SENSORS = {
    "hdl32e": ("hdl32", 1024, 1.84, "full"),
    "vlp32c": ("vlp32c", 960, 1.8, "front"),
    "pandar64": ("pandar64", 1800, 2.16, "full"),
    "argoverse2": ("vlp32c", 1800, 1.98, "full"),
}
"""Of each set: the preset, columns, height above the ground in metres, and the view that is scored."""
PANDAR64_ABOVE = 1.85


def main(real: Path, out: Path) -> None:
    """Write all sets, and sets.yaml."""
    labels = real / "range_images" / "labels"
    for name in ("hdl32e", "vlp32c"):
        for file in sorted((real / "range_images").glob(f"{name}_*.npy")):
            image = np.load(file)
            rows = np.repeat(np.arange(image.shape[0]), image.shape[1])
            write(out / name, file.stem, image[..., :4].reshape(-1, 4), rows, labels / f"{file.stem}.label")
    (file,) = (real / "pandaset").glob("*.bin")
    points = read_points(file).points.copy()
    points[:, 2] -= PANDAR64_ABOVE
    write(out / "pandar64", file.stem, points, None, real / "pandaset" / "labels" / f"{file.stem}.label")
    (file,) = (real / "argoverse2").glob("*.feather")
    scan = open_source(file)[0]
    write(
        out / "argoverse2", file.stem, scan.points, scan.ring, real / "argoverse2" / "labels" / f"{file.stem}_up.label"
    )
    (out / "labels.yaml").write_text(LABELS + CLASSES)
    entries = []
    for name in SENSORS:
        entries.append(
            f"  - {{name: {name}, source: {name}, kind: real, view: {SENSORS[name][3]}, labels: labels.yaml, "
            f"sensor: {name}.yaml}}"
        )
        write_sensor(out / f"{name}.yaml", *SENSORS[name][:3])
    (out / "sets.yaml").write_text("\n".join(["sets:", *entries]) + "\n")


def write(
    folder: Path, name: str, points: NDArray[np.floating], ring: NDArray[np.integer] | None, labels: Path
) -> None:
    """A scan with its labels, beam after beam. ring: of each point, None where the file has none."""
    for part in ("velodyne", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "times.txt").write_text("")
    order = np.arange(len(points)) if ring is None else np.argsort(ring, kind="stable")
    columns = points if ring is None else np.concatenate([points, np.asarray(ring)[:, None]], axis=1)
    columns[order].astype("<f4").tofile(folder / "velodyne" / f"{name}.bin")
    np.fromfile(labels, "<u4")[order].tofile(folder / "labels" / f"{name}.label")


def write_sensor(path: Path, preset: str, columns: int, height: float) -> None:
    """A sensor file of a preset."""
    from projection import PRESETS

    beams = ", ".join(f"{elevation:g}" for elevation in PRESETS[preset].elevations)
    path.write_text(f"name: {path.stem}\nbeams: [{beams}]\ncolumns: {columns}\nheight: {height}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
