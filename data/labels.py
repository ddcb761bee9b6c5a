"""Classes, their colours, and maps from the labels of other data sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.errors import InputError

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class ObjectClass:
    """A class of points, and what is known of the objects of that class.

    name, plural: for people. colour: 0..255, from Okabe and Ito's palette, told apart with every common colour
    blindness. on_light: the same on light paper, where `colour` would be lost. lines: of thin lines and words, which
    need more contrast, on dark paper and on light. Where these are None, `colour` serves.
    key: the letter that shows and hides it in the window.
    kitti: KITTI's object type, for boxes that are written. person: whether somebody walks or rides: people are told
    from cars first, and from each other afterwards.
    footprint: length and width in metres that an object has at least: where less is seen, the rest is hidden.
    end: metres. An object of which less is seen in any direction is seen from its front or its back; 0 where its
    longer side is always its length.
    largest: length, width and height in metres that an object has at most. lowest: height that is seen of it at least.
    seen: square metres that are seen of it at least; points: of the scan, that it has at least. What has less, or is
    larger, may be of the class, but is no object that a box tells anything of.
    loss_weight: in training. bandwidths: of the CRF's angular kernel, in pixels, and of its bilateral one, in units of
    normalised coordinates (SqueezeSeg's).
    """

    name: str
    plural: str
    colour: RGB
    key: str
    kitti: str = ""
    person: bool = False
    footprint: tuple[float, float] = (0.0, 0.0)
    end: float = 0.0
    largest: tuple[float, float, float] = (np.inf, np.inf, np.inf)
    lowest: float = 0.0
    seen: float = 0.0
    points: int = 0
    loss_weight: float = 1.0
    bandwidths: tuple[float, float] = (0.9, 0.015)
    on_light: RGB | None = None
    lines: tuple[RGB, RGB] | None = None


_PERSON: dict[str, Any] = {"person": True, "loss_weight": 1.2, "bandwidths": (0.6, 0.01)}
CLASS_TABLE = (
    ObjectClass(
        "background",
        "background",
        (120, 124, 130),  # recedes
        "g",
        loss_weight=0.8,
        on_light=(140, 147, 157),
        lines=((154, 160, 168), (107, 114, 128)),
    ),
    ObjectClass(
        "car",
        "cars",
        (0, 158, 230),
        "c",
        "Car",
        footprint=(3.6, 1.55),
        end=2.2,
        largest=(12.5, 3.2, 4.3),
        lowest=0.5,
        seen=0.4,
        points=30,
        on_light=(0, 114, 178),
        lines=((53, 174, 240), (0, 114, 178)),
    ),
    ObjectClass(
        "pedestrian",
        "pedestrians",
        (240, 200, 40),
        "p",
        "Pedestrian",
        **_PERSON,
        footprint=(0.7, 0.6),
        largest=(2.4, 1.6, 2.5),
        lowest=0.9,
        seen=0.08,
        points=10,
        on_light=(176, 125, 0),
        lines=((240, 200, 40), (176, 125, 0)),
    ),
    ObjectClass(
        "cyclist",
        "cyclists",
        (222, 80, 150),
        "y",
        "Cyclist",
        **_PERSON,
        footprint=(1.75, 0.6),
        largest=(2.8, 1.4, 2.5),
        lowest=1.0,
        seen=0.3,
        points=15,
        on_light=(184, 56, 122),
        lines=((238, 125, 178), (184, 56, 122)),
    ),
)
"""The classes by id. All that depends on the classes is here and in a `ClassMap`."""

CLASSES = tuple(one.name for one in CLASS_TABLE)
BACKGROUND, CAR, PEDESTRIAN, CYCLIST = range(len(CLASS_TABLE))
OBJECTS = slice(BACKGROUND + 1, None)
"""The classes that objects have, as a part of an axis of classes: `CLASSES[OBJECTS]`."""
OBJECT_CLASSES = tuple(range(len(CLASS_TABLE)))[OBJECTS]
"""Their ids."""
PEOPLE = tuple(k for k in OBJECT_CLASSES if CLASS_TABLE[k].person)
VEHICLES = tuple(k for k in OBJECT_CLASSES if not CLASS_TABLE[k].person)
IGNORE = 255
"""The label of a point that is never scored: not in the view, not a return, or not known."""

COLOURS: NDArray[np.uint8] = np.array([one.colour for one in CLASS_TABLE], np.uint8)
IGNORE_COLOUR: RGB = (40, 42, 46)


@dataclass(frozen=True)
class ClassMap:
    """A map of the object types of boxes to our class ids; IGNORE leaves points out of the score.

    A type that is absent is not known: it isn't scored, and sources tell of it. Labels of points that are numbers have
    a `data.label_map.LabelMap`.

    kitti: class id by KITTI's object type.
    """

    name: str
    kitti: Mapping[str, int]

    def class_of(self, kind: str) -> int:
        """The class id of an object type, whatever its case; IGNORE for one that is not known."""
        return self._by_spelling.get(spelling(kind), IGNORE)

    def knows(self, kind: str) -> bool:
        """True for an object type that the map has, whatever its case."""
        return spelling(kind) in self._by_spelling

    @cached_property
    def _by_spelling(self) -> dict[str, int]:
        return {spelling(kind): class_id for kind, class_id in self.kitti.items()}


def spelling(kind: str) -> str:
    """A name as it is compared with others: 'Person (sitting)', 'person_sitting' -> 'personsitting'."""
    return "".join(letter for letter in kind.casefold() if letter.isalnum())


_KITTI = {
    **dict.fromkeys(("Car", "Van", "Truck"), CAR),
    **dict.fromkeys(("Pedestrian", "Person (sitting)", "Person_sitting"), PEDESTRIAN),
    "Cyclist": CYCLIST,
}

CLASS_MAPS: dict[str, ClassMap] = {
    class_map.name: class_map
    for class_map in (
        ClassMap("default", {**_KITTI, **dict.fromkeys(("Tram", "Misc", "DontCare"), IGNORE)}),
        # SqueezeSeg's published range images have trams as background; they don't show a van.
        ClassMap("squeezeseg", {**_KITTI, **dict.fromkeys(("Tram", "Misc"), BACKGROUND), "DontCare": IGNORE}),
    )
}


def class_map(name: str) -> ClassMap:
    """The class map called `name`. Raises InputError that lists the names."""
    try:
        return CLASS_MAPS[name]
    except KeyError:
        raise InputError(f"unknown class map {name!r}: use one of {', '.join(CLASS_MAPS)}") from None


def colours(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """labels (...) uint8 -> RGB (..., 3) uint8."""
    table = np.empty((256, 3), np.uint8)
    table[:] = IGNORE_COLOUR
    table[: len(COLOURS)] = COLOURS
    return table[labels]
