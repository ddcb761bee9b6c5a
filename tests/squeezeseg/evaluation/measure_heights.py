"""IoU of models on simulated scans of one sensor at several heights above the ground.

    python tests/squeezeseg/evaluation/measure_heights.py fast squeezeseg --drives runs/heights

The streets are the same, and so are the beams, those of the preset hdl64; what drives the sensor is not in its way. The
drives are kept, so a run that was stopped goes on. OpenVINO in float32, full turn; some minutes a model.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from data.simulator import simulate
from projection import preset

HEIGHTS = (1.73, 0.6, 1.2, 2.5)
FRAMES, SEED, SCENE_PER, INTERVAL = 40, 9930, 2, 1.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="+")
    parser.add_argument("--drives", type=Path, required=True)
    arguments = parser.parse_args()
    for height in HEIGHTS:
        sensor = replace(preset("hdl64"), name="hdl64_mounted", height=height)
        drive = simulate(arguments.drives / f"{height:g}", FRAMES, SEED, SCENE_PER, INTERVAL, threads=1, sensor=sensor)
        for model in arguments.models:
            named = str(Path(model).resolve()) if Path(model).is_file() else model
            options = ["--engine", "openvino", "--precision", "float32", "--json"]
            command = [sys.executable, "-m", "apps", "eval", drive.resolve(), "--model", named, *options]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
            told = json.loads(said)
            iou = {kind: None if value is None else round(100 * value, 1) for kind, value in told["iou"].items()}
            print(f"{height:g} m", model, told["frames"], iou, flush=True)


if __name__ == "__main__":
    main()
