"""IoU of models on scans of KITTI's HDL-64E that are thinned to 32 and 16 beams.

    python tests/squeezeseg/evaluation/measure_beams.py fast squeezeseg

Every second or fourth beam of each scan of kitti_object and kitti_object_more is kept, beginning with the second or
third, and the sensor of just these beams is given, as a user would give theirs. OpenVINO in float32, front view; some
minutes a model. Real sets are read where the tests find them, see CONTRIBUTING.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path += [str(ROOT / "tests"), str(ROOT)]

from helpers.real import folder, velodyne_files

from projection import PRESETS
from projection.rings import assign_beams

SETS = ("kitti_object", "kitti_object_more")
HDL64 = PRESETS["hdl64"]


def thinned(out: Path, every: int) -> tuple[Path, Path]:
    """A folder in KITTI object's layout with every so many-th beam of all scans, and the file of their sensor."""
    training = out / "training"
    rows = slice(every // 2, None, every)
    kept = np.arange(HDL64.beams)[rows]
    for name in SETS:
        for file in velodyne_files(folder(), name):
            points = np.fromfile(file, np.float32).reshape(-1, 4)
            (training / "velodyne").mkdir(parents=True, exist_ok=True)
            points[np.isin(assign_beams(points, HDL64), kept)].tofile(training / "velodyne" / file.name)
            for other in ("calib", "label_2"):
                (training / other).mkdir(exist_ok=True)
                source = file.parents[1] / other / f"{file.stem}.txt"
                shutil.copy(source, training / other)
    sensor = out / "sensor.yaml"
    beams = ", ".join(str(elevation) for elevation in HDL64.elevations[rows])
    sensor.write_text(f"name: thinned\nbeams: [{beams}]\ncolumns: 2048\n")
    return training.parent, sensor


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="+")
    models = [str(Path(one).resolve()) if Path(one).is_file() else one for one in parser.parse_args().models]
    for every in (1, 2, 4):
        with tempfile.TemporaryDirectory() as temporary:
            source, sensor = thinned(Path(temporary), every)
            for model in models:
                options = ["--sensor", sensor, "--view", "front", "--engine", "openvino", "--precision", "float32"]
                command = [sys.executable, "-m", "apps", "eval", source, "--model", model, *options, "--json"]
                said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
                told = json.loads(said)
                iou = {kind: None if value is None else round(100 * value, 1) for kind, value in told["iou"].items()}
                print(HDL64.beams // every, "beams", model, told["frames"], iou, flush=True)


if __name__ == "__main__":
    main()
