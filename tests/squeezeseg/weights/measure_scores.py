"""Scores of weights on the sets by which shipped networks are compared, written into the card of each file.

    python tests/squeezeseg/weights/measure_scores.py runs/ship/fast.sqz runs/ship/squeezeseg.sqz

`--model auto` compares networks where both were scored on the same points: so give it all that are to be shipped, for
the simulated drive differs a little from one processor to another. Real sets are read where the tests find them, see
CONTRIBUTING.md. OpenVINO in float32; some minutes a network.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path += [str(ROOT / "tests"), str(ROOT)]

from helpers.real import DRIVE_0001, PUBLISHED_IMAGES, folder

from data.simulator import VERSION

SETS = (
    ("kitti_object, 19 scans, front view (development)", "kitti_object", ["--view", "front"]),
    ("semantic_kitti 00, scans 0-2, full turn (development)", "semantic_kitti", ["--view", "full"]),
    ("kitti raw 0001, scans 0-4, front view (development)", DRIVE_0001, ["--view", "front"]),
    (
        "squeezeseg_npy, 4 images, class map squeezeseg (development)",
        PUBLISHED_IMAGES,
        ["--view", "front", "--class-map", "squeezeseg"],
    ),
)
"""Real sets by the name that they have in cards: folder, options of `eval`."""
SIMULATED = f"simulated, streets of version {VERSION}, seed 9400, 40 scans, full turn"
DRIVE = ["--frames", "40", "--seed", "9400", "--scene-per", "2", "--interval", "1"]


def squeezeseg(*words: str | Path) -> str:
    """Run a command; what it says."""
    command = [sys.executable, "-m", "apps", *map(str, words)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--street", type=Path, help="The simulated drive, if it is there already.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        street = given.street or Path(temporary, "street")
        if not street.is_dir():
            squeezeseg("simulate", street, *DRIVE)
        sets = [(name, folder() / source, options) for name, source, options in SETS]
        for name, source, options in [*sets, (SIMULATED, street.resolve(), ["--view", "full"])]:
            for file in given.files:
                engine = ["--engine", "openvino", "--precision", "float32"]
                record = ["--model", file.resolve(), "--record", name, "--json"]
                found = json.loads(squeezeseg("eval", source, *options, *engine, *record))
                iou = {kind: None if value is None else round(100 * value, 1) for kind, value in found["iou"].items()}
                print(file, name, found["frames"], iou, flush=True)


if __name__ == "__main__":
    main()
