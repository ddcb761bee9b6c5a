""".jsonl: the boxes around the objects of a scan, a line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from data.atomic import atomic_write
from squeezeseg.objects.boxes import KINDS, Detection


def write_boxes(path: Path, frame: int, boxes: Sequence[Detection]) -> None:
    """Write the boxes of a frame, whole or not at all. Raises InputError if the file can't be written."""
    lines = [json.dumps({"frame": frame, "kind": KINDS[found.class_id], **found.as_dict()}) + "\n" for found in boxes]
    with atomic_write(path) as file:
        file.write("".join(lines).encode())
