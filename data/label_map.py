"""Label maps: the names of a data set's label numbers, and the class of ours that each name is.

A file is YAML, `labels` as semantic-kitti-api's configurations have it:

name: SemanticPOSS
labels: {0: unlabeled, 4: 1 person, 7: car}
classes: {car: [car], pedestrian: [1 person], ignored: [unlabeled]}   # names by class, or background

Without `classes`, as in those configurations, names mean what they mean in the maps that come with this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.labels import CLASS_TABLE, CLASSES, IGNORE, spelling
from data.yaml_file import read_yaml
from projection.errors import InputError

FOLDER = Path(__file__).parent / "label_maps"
IGNORED = "ignored"
"""What the classes of a map call names that must not be scored."""
MAX_LABEL = 0xFFFF
DONT_CARE = "DontCare"
"""KITTI's type of what must not be scored."""


@dataclass(frozen=True, eq=False)
class LabelMap:
    """The labels of a data set.

    name: of the data set.
    labels: a label's name by its number, 0 to 65535.
    classes: class id by name as `data.labels.spelling` has it; IGNORE for what must not be scored. A name without a
        class isn't known: it isn't scored, and sources tell of it.
    """

    name: str
    labels: Mapping[int, str]
    classes: Mapping[str, int]

    def class_of(self, name: str) -> int | None:
        """The class id of a name, whatever its case; None for one that is not known."""
        return self.classes.get(spelling(name))

    def kind_of(self, name: str) -> str | None:
        """KITTI's type of a box of this name; None for background. A name that is not known stays as it is."""
        class_id = self.class_of(name)
        if class_id is None:
            return name
        if class_id == IGNORE:
            return DONT_CARE
        return CLASS_TABLE[class_id].kitti or None

    @cached_property
    def table(self) -> NDArray[np.uint8]:
        """(65536,) uint8: class id by number, IGNORE for one that is not known."""
        table = np.full(MAX_LABEL + 1, IGNORE, np.uint8)
        for number, class_id in self._known.items():
            table[number] = class_id
        return table

    @cached_property
    def _known(self) -> dict[int, int]:
        found = {number: self.class_of(name) for number, name in self.labels.items()}
        return {number: class_id for number, class_id in found.items() if class_id is not None}

    def unknown(self, numbers: NDArray[np.uint16]) -> dict[str, int]:
        """The labels (N,) that are not known, by name or number, with the count of their points."""
        counts = np.bincount(numbers, minlength=MAX_LABEL + 1)
        counts[list(self._known)] = 0
        return {
            f"{number} {self.labels[number]!r}" if number in self.labels else str(number): int(counts[number])
            for number in np.flatnonzero(counts).tolist()
        }


@cache
def shipped_map(name: str) -> LabelMap:
    """The label map of this name that comes with the package, such as 'semantic_kitti'."""
    return load_label_map(FOLDER / f"{name}.yaml")


def shipped_names() -> list[str]:
    """The names that `shipped_map` takes."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def load_label_map(name_or_file: str | Path) -> LabelMap:
    """Load a label map by its name, or from a .yaml file; see the module.

    Raises:
        InputError: there is no such map or file, or it is none.

    Example:
        >>> load_label_map("semantic_kitti").labels[10]
        'car'
    """
    if str(name_or_file) in shipped_names():
        return shipped_map(str(name_or_file))
    path = Path(name_or_file)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise InputError(f"unknown labels {str(path)!r}: use one of {', '.join(shipped_names())}, or a .yaml file")
    content = read_yaml(path)
    if not isinstance(content, dict) or not ({"labels", "classes"} & content.keys()):
        raise InputError(f"{path}: no label map; it needs 'labels', a name for each number, such as '10: car'")
    labels = _labels(path, content.get("labels") or {})
    classes = _classes(path, content["classes"]) if content.get("classes") else _meanings()
    name = content.get("name")
    return LabelMap(name if isinstance(name, str) and name else path.stem, labels, classes)


def _labels(path: Path, entries: Any) -> dict[int, str]:
    if not isinstance(entries, dict):
        raise InputError(f"{path}: labels: expected lines of a number and a name, such as '10: car'")
    for number, name in entries.items():
        if type(number) is not int or not 0 <= number <= MAX_LABEL or not isinstance(name, str):
            raise InputError(f"{path}: labels: {number!r}: {name!r} is no number from 0 to {MAX_LABEL} with a name")
    return dict(entries)


def _classes(path: Path, entries: Any) -> dict[str, int]:
    if not isinstance(entries, dict):
        raise InputError(f"{path}: classes: expected a list of names for each of {', '.join(CLASSES)}, {IGNORED}")
    ids = {**{name: class_id for class_id, name in enumerate(CLASSES)}, IGNORED: IGNORE}
    classes: dict[str, int] = {}
    for class_name, names in entries.items():
        if class_name not in ids:
            raise InputError(f"{path}: classes: unknown class {class_name!r}; use {', '.join(ids)}")
        for name in names if isinstance(names, list) else [None]:
            if not isinstance(name, str):
                raise InputError(f"{path}: classes: {class_name}: expected a list of names, such as [car, truck]")
            if classes.setdefault(spelling(name), ids[class_name]) != ids[class_name]:
                raise InputError(f"{path}: classes: {name!r} is of two classes; leave one out")
    return classes


@cache
def _meanings() -> dict[str, int]:
    """The class of every name in the maps that come with the package."""
    maps = map(shipped_map, shipped_names())
    return {name: class_id for one in maps for name, class_id in one.classes.items()}
