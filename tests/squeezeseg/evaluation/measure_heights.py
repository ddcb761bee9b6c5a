"""IoU of models on simulated scans of one sensor at several heights above the ground.

    python tests/squeezeseg/evaluation/measure_heights.py fast squeezeseg --drives runs/heights

The streets are the same, and so are the beams, those of the preset hdl64; what drives the sensor is not in its way. The
drives are kept, so a run that was stopped goes on. OpenVINO in float32, full turn, the first scan of each street.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from data.simulator import simulate
from data.sources import open_source
from projection import preset
from squeezeseg.scoring import evaluate

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
        source = open_source(drive)
        source = source.with_frames(source.frames[::SCENE_PER])
        for model in arguments.models:
            found = evaluate(source, model=model, engine="openvino", precision="float32", view="full").iou
            iou = {kind: None if value is None else round(100 * float(value), 1) for kind, value in found.items()}
            print(f"{height:g} m", model, len(source), iou, flush=True)


if __name__ == "__main__":
    main()
