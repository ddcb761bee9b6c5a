"""A small sequence of PandaSet, its pickles made as several versions of pandas make them."""

from __future__ import annotations

import gzip
import json
import math
import pickle
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

NORTH = {"w": 1.0, "x": 0.0, "y": 0.0, "z": 0.0}
"""The car looks along the world's y, for its own y is ahead."""
HEIGHT = 1.85
"""Metres of the sensor above the origin of the car's frame."""


class _Reduced:
    """Something that is pickled as a call of `of` with `arguments`, its state set afterwards."""

    def __init__(self, of: Any, arguments: tuple[Any, ...], state: Any = None) -> None:
        self.parts = (of, arguments) if state is None else (of, arguments, state)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.parts


@contextmanager
def _pandas() -> Iterator[dict[str, Any]]:
    """Names of pandas, old and new, that can be pickled, whether or not pandas is installed."""
    made: dict[str, Any] = {}
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "pandas"}
    for name in kept:
        del sys.modules[name]
    try:
        for module, name in (
            ("pandas.core.frame", "DataFrame"),
            ("pandas.core.internals.managers", "BlockManager"),
            ("pandas._libs.internals", "_unpickle_block"),
            ("pandas.core.indexes.base", "_new_Index"),
            ("pandas.core.indexes.base", "Index"),
            ("pandas.core.indexes.range", "RangeIndex"),
        ):
            for end in range(1, module.count(".") + 2):
                above = ".".join(module.split(".")[:end])
                sys.modules.setdefault(above, types.ModuleType(above))
            place = sys.modules[module]
            kind = type(name, (), {"__module__": module, "__qualname__": name})
            setattr(place, name, kind)
            made[name] = kind
        yield made
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "pandas"]:
            del sys.modules[name]
        sys.modules.update(kept)


def pickled(columns: dict[str, np.ndarray], *, old: bool = False, protocol: int = 4) -> bytes:
    """A table as pandas 2 pickles it, or 1.0 where it is old: a block for each type, columns of one type together."""
    names = list(columns)
    kinds: dict[Any, list[int]] = {}
    for number, name in enumerate(names):
        kinds.setdefault(columns[name].dtype, []).append(number)
    count = len(next(iter(columns.values())))
    with _pandas() as of:
        index = _Reduced(of["_new_Index"], (of["Index"], {"data": np.array(names, object), "name": None}))
        rows = _Reduced(of["_new_Index"], (of["RangeIndex"], {"name": None, "start": 0, "stop": count, "step": 1}))
        blocks = [(np.stack([columns[names[k]] for k in places]), places) for places in kinds.values()]
        placed = [
            (values, slice(k[0], k[-1] + 1, 1) if len(k) == k[-1] - k[0] + 1 else np.array(k)) for values, k in blocks
        ]
        if old:
            parts = [{"values": values, "mgr_locs": places} for values, places in placed]
            axes = [index, rows]
            state = (axes, [part["values"] for part in parts], [index], {"0.14.1": {"axes": axes, "blocks": parts}})
            manager = _Reduced(of["BlockManager"], (), state)
        else:
            made = tuple(_Reduced(of["_unpickle_block"], (values, places, 2)) for values, places in placed)
            manager = _Reduced(of["BlockManager"], (made, [index, rows]))
        frame = _Reduced(of["DataFrame"], (), {"_data" if old else "_mgr": manager, "_typ": "dataframe"})
        return pickle.dumps(frame, protocol)


def lidar(points: list[list[float]], devices: list[int]) -> dict[str, np.ndarray]:
    """A scan's columns: points in the world, intensity 51, and the sensor that measured each."""
    xyz = np.array(points, float)
    ones = np.ones(len(xyz))
    columns = {axis: xyz[:, k].copy() for k, axis in enumerate("xyz")}
    return {**columns, "i": 51 * ones, "t": 1.5e9 * ones, "d": np.array(devices, np.int64)}


def text(*words: str) -> np.ndarray:
    """A column of text."""
    return np.array(words, object)


def cuboids(place: float) -> dict[str, np.ndarray]:
    """A car 10 m ahead of the car's place, seen by both sensors, a ridden bicycle 20 m ahead, and one without."""
    half = math.pi / 2
    return {
        "uuid": text("car", "car2", "rider", "parked", "cone"),
        "label": text("Car", "Car", "Bicycle", "Bicycle", "Cones"),
        "yaw": np.array([0.0, 0.0, 0.0, half, 0.0]),
        "stationary": np.array([False, False, False, True, True]),
        "position.x": np.array([100.0, 100, 100, 105, 90]),
        "position.y": place + np.array([10.0, 10.2, 20, 0, 0]),
        "position.z": np.full(5, 0.8),
        "dimensions.x": np.array([2.0, 2, 0.6, 0.6, 1]),
        "dimensions.y": np.array([4.0, 4, 1.8, 1.8, 1]),
        "dimensions.z": np.full(5, 1.6),
        "cuboids.sensor_id": np.array([0, 1, -1, -1, -1]),
        "attributes.rider_status": text("", "", "With Rider", "Without Rider", ""),
    }


def write_pandaset(
    root: Path, *, frames: int = 2, semseg: bool = False, old: bool = False, packed: bool = True
) -> Path:
    """The sequence 001 of a data set in `root`; the car moves north by 1 m a scan. Points: car, car, rider, parked."""
    folder = root / "001"
    for part in ("lidar", "annotations/cuboids", "annotations/semseg"):
        (folder / part).mkdir(parents=True)
    poses = [{"position": {"x": 100.0, "y": 200.0 + k, "z": 0.0}, "heading": NORTH} for k in range(frames)]
    (folder / "lidar" / "poses.json").write_text(json.dumps(poses))
    (folder / "lidar" / "timestamps.json").write_text(json.dumps([1.5e9 + k / 10 for k in range(frames)]))
    for k in range(frames):
        points = [
            [100, 210.0 + k, 0.8],
            [100, 260, 2],
            [100.5, 211.0 + k, 0.5],
            [100, 220.0 + k, 0.8],
            [105, 200.0 + k, 0.8],
        ]
        write(folder / "lidar" / f"{k:02d}.pkl", pickled(lidar(points, [0, 1, 0, 0, 0]), old=old), packed)
        write(folder / "annotations" / "cuboids" / f"{k:02d}.pkl", pickled(cuboids(200.0 + k), old=old), packed)
        if semseg:
            classes = {"class": np.array([13, 41, 7, 26, 26])}
            write(folder / "annotations" / "semseg" / f"{k:02d}.pkl", pickled(classes, old=old), packed)
    return root


def write(path: Path, data: bytes, packed: bool) -> None:
    """A pickle's file, with .gz at its end where it is packed."""
    if packed:
        path.with_suffix(".pkl.gz").write_bytes(gzip.compress(data, 1))
    else:
        path.write_bytes(data)
