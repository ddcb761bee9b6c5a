"""Scores of networks alone: the likeliest class of each pixel, without CRF, objects or votes of neighbours."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import read_json
from data.labels import CLASSES, OBJECTS, ClassMap
from data.sources import Source
from projection import InputError
from squeezeseg.evaluation.labelled_frames import evaluate
from squeezeseg.evaluation.metrics import Confusion
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.weights import load_weights

Kind = Literal["simulated", "real"]
KINDS: tuple[Kind, ...] = ("simulated", "real")
SCORES = "scores.json"
_ENTRIES = TypeAdapter(list[dict[str, Any]])


@dataclass(frozen=True, eq=False)
class TestSet:
    """A recording with ground truth that networks are scored on.

    kind: whether it was simulated. Where its labels cover the front only, the front is scored, else the full turn.
    """

    kind: Kind
    source: Source

    __test__ = False  # to pytest, this is none

    def __post_init__(self) -> None:
        if not self.source.labelled:
            raise InputError(f"{self.source.path}: no labels to score against; give another source")

    @property
    def identity(self) -> dict[str, Any]:
        """What tells it from others, and from what it was before it was changed."""
        frames = self.source.frames
        try:
            changed = max(frame.path.stat().st_mtime_ns for frame in (frames[0], frames[-1]))
        except OSError:  # frames of a file that holds several
            changed = 0
        return {
            "kind": self.kind,
            "path": str(self.source.path.resolve()),
            "frames": len(frames),
            "changed": changed,
        }


class ScoreBook:
    """The confusion matrices of one network, by precision and set, in a file beside its weights."""

    def __init__(self, weights: Path) -> None:
        self._weights = weights
        self._file = weights.with_name(SCORES)
        self._checksum = load_weights(weights).card.checksum
        try:
            entries = read_json(self._file, _ENTRIES)
        except (OSError, ValueError):
            entries = []
        self._entries = [one for one in entries if one.get("weights") == self._checksum]

    def find(self, precision: str, test: TestSet) -> Confusion | None:
        """The matrix of a set, None where it isn't scored yet."""
        key = {"weights": self._checksum, "precision": precision, **test.identity}
        for entry in self._entries:
            if all(entry.get(name) == value for name, value in key.items()):
                return Confusion(np.asarray(entry["rows_are_truth"], np.int64))
        return None

    def missing(self, precisions: Sequence[str], tests: Sequence[TestSet]) -> list[tuple[str, TestSet]]:
        """What is still to be scored."""
        return [(name, test) for name in precisions for test in tests if self.find(name, test) is None]

    def score(
        self, precision: str, test: TestSet, class_map: ClassMap, progress: Callable[[int], None] | None = None
    ) -> None:
        """Score a set with OpenVINO in a precision, whose graph lies beside the weights, and keep the matrix.

        Raises:
            InputError: the graph can't run, or a frame's labels can't be used.
        """
        source = test.source
        segmenter = Segmenter.load(
            self._weights,
            sensor=source.sensor,
            view="full" if source.labels_around else "front",
            engine="openvino",
            precision=precision,  # type: ignore[arg-type]
            crf=False,
            objects=False,
            neighbours=0,
            unknown_below=0.0,
        )
        found = evaluate(source, lambda _, scan: segmenter(scan).labels, class_map, progress=progress)
        entry = {"weights": self._checksum, "precision": precision, **test.identity}
        self._entries.append(entry | {"classes": list(CLASSES), "rows_are_truth": found.confusion.matrix.tolist()})
        with atomic_write(self._file) as file:
            file.write(b"[\n" + b",\n".join(json.dumps(one).encode() for one in self._entries) + b"\n]\n")

    def pooled(self, precision: str, tests: Sequence[TestSet]) -> dict[str, dict[str, float | None]]:
        """IoU by kind, each of all its sets' points together: by class and 'mean'; without what isn't scored."""
        pooled: dict[str, dict[str, float | None]] = {}
        for kind in KINDS:
            matrices = [self.find(precision, test) for test in tests if test.kind == kind]
            if matrices and all(one is not None for one in matrices):
                pooled[kind] = named_iou(Confusion(sum(one.matrix for one in matrices)))  # type: ignore[misc, arg-type, union-attr]
        return pooled


def named_iou(confusion: Confusion) -> dict[str, float | None]:
    """IoU of the object classes by name, and their 'mean'; None for a class without a true point."""
    values = dict(zip(CLASSES[OBJECTS], confusion.iou[OBJECTS], strict=True)) | {"mean": confusion.mean_iou}
    return {name: round(float(value), 6) if np.isfinite(value) else None for name, value in values.items()}
