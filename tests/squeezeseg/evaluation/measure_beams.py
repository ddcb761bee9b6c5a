"""IoU of models on scans of KITTI's HDL-64E that are thinned to 32 and 16 beams.

    python tests/squeezeseg/evaluation/measure_beams.py fast squeezeseg

Every second or fourth beam of each scan of kitti_object and kitti_object_more is kept, beginning with the second or
third, and the sensor of just these beams is given, as a user would give theirs. OpenVINO in float32, front view; some
minutes a model. Real sets are read where the tests find them, see CONTRIBUTING.md.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path += [str(ROOT / "tests"), str(ROOT)]

from helpers.real import folder, velodyne_files

from data.sources import open_source
from projection import PRESETS
from projection.rings import assign_beams
from squeezeseg.scoring import evaluate

SETS = ("kitti_object", "kitti_object_more")
HDL64 = PRESETS["hdl64"]


def write_thinned(out: Path, rows: slice) -> None:
    """Write all scans with these beams alone, in KITTI object's layout."""
    training = out / "training"
    kept = np.arange(HDL64.beams)[rows]
    for name in SETS:
        for file in velodyne_files(folder(), name):
            points = np.fromfile(file, np.float32).reshape(-1, 4)
            (training / "velodyne").mkdir(parents=True, exist_ok=True)
            points[np.isin(assign_beams(points, HDL64), kept)].tofile(training / "velodyne" / file.name)
            for other in ("calib", "label_2"):
                (training / other).mkdir(exist_ok=True)
                shutil.copy(file.parents[1] / other / f"{file.stem}.txt", training / other)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="+")
    models = parser.parse_args().models
    for every in (1, 2, 4):
        rows = slice(every // 2, None, every)
        with tempfile.TemporaryDirectory() as temporary:
            write_thinned(Path(temporary), rows)
            sensor = replace(HDL64, name="thinned", elevations=HDL64.elevations[rows])
            source = open_source(Path(temporary), sensor=sensor)
            for model in models:
                found = evaluate(source, model=model, engine="openvino", precision="float32", view="front").iou
                iou = {kind: None if value is None else round(100 * float(value), 1) for kind, value in found.items()}
                print(sensor.beams, "beams", model, len(source), iou, flush=True)


if __name__ == "__main__":
    main()
