"""The folder of a run that detects: label files as KITTI's development kit takes them, and what made them.

data/NAME.txt       a line for each box, as in label_2 with a score behind it; written last of a picture's files
pictures/NAME.png   if asked for
detect.json         the pictures' folder, and the SHA-256 of the weights
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import parse_json
from data.kitti.object_labels import ObjectLabel
from data.regular_file import read_bytes
from projection import InputError

RECORD, DATA, PICTURES = "detect.json", "data", "pictures"
_RECORD = TypeAdapter(dict[str, str])


def begin(out: Path, images: Path, weights: Path, *, resume: bool) -> None:
    """Note what the run is made of.

    Raises:
        InputError: the folder holds something and the run isn't to be resumed, or another run.
    """
    made_of = {
        "images": str(images.resolve()),
        "weights": str(weights),
        "sha256": hashlib.sha256(read_bytes(weights, most=1 << 30)).hexdigest(),
    }
    record = out / RECORD
    if out.is_dir() and any(file.name != ".lock" for file in out.iterdir()):
        if not resume:
            raise InputError(f"{out}: not empty; give --resume to go on with it, or another --out")
        try:
            before = parse_json(record.read_text("utf-8"), _RECORD)
        except (OSError, ValueError):
            raise InputError(f"{out}: holds no run of 'squeezeseg detect'; give another --out") from None
        if any(before.get(key) != made_of[key] for key in ("images", "sha256")):
            raise InputError(f"{out}: holds a run on other pictures or with other weights; give another --out")
    with atomic_write(record) as file:
        file.write((json.dumps(made_of, indent=1) + "\n").encode())


def label_file(out: Path, name: str) -> Path:
    """The file of a picture's boxes."""
    return out / DATA / f"{name}.txt"


def write_labels(path: Path, labels: Sequence[ObjectLabel]) -> None:
    """Write boxes as lines of label_2."""
    with atomic_write(path) as file:
        file.write("".join(f"{label}\n" for label in labels).encode())
