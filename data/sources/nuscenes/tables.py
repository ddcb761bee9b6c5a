"""nuScenes' tables: JSON lists of records that name one another by their tokens (v1.0; nuscenes-devkit, schema)."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.boxes import Box
from data.label_map import shipped_map
from data.regular_file import open_regular
from data.rigid import Motion, inverse, rigid, upright_box
from data.sources.cycles import RIDDEN
from projection.errors import InputError

LIDAR = "LIDAR_TOP"
WITH_RIDER = "cycle.with_rider"
MAX_BYTES = 1 << 33
"""Of a table; the largest of v1.0-trainval has 1.3 GB."""
_STEP = 1 << 20
_LONGEST = 1 << 20
"""Characters of a record."""


@dataclass(frozen=True)
class Sweep:
    """A scan of a scene: its file, seen from the data set's root, the time in seconds, and its tokens.

    pose: a world that stands still <- the file's frame (x to the right, y ahead). key: whether it is a sample, which
    has annotations.
    """

    token: str
    sample: str
    file: str
    stamp: float
    key: bool
    pose: Motion


@dataclass(frozen=True)
class Scene:
    """A drive of 20 s: its name and its sweeps in order."""

    name: str
    sweeps: tuple[Sweep, ...]


@dataclass(frozen=True)
class Annotations:
    """The boxes of samples, in the world.

    rows: by a sample's token. numbers: (N, 10) float64: centre, size (width, length, height), quaternion w x y z.
    kinds: their names, with the rider where there is one. tracks: numbers of their objects.
    """

    rows: dict[str, list[int]]
    numbers: NDArray[np.float64]
    kinds: list[str]
    tracks: list[int]

    def boxes(self, sample: str, pose: Motion) -> tuple[Box, ...]:
        """The boxes of a sample, background left out. pose: world <- the frame that they shall have."""
        names, back, found = shipped_map("nuscenes"), inverse(pose), []
        for row in self.rows.get(sample, ()):
            kind = names.kind_of(self.kinds[row])
            if kind is None:
                continue
            width, length, height = self.numbers[row, 3:6]
            placed = back @ rigid(self.numbers[row, 6:].tolist(), self.numbers[row, :3].tolist())
            found.append(upright_box(placed, kind, (length, width, height), self.tracks[row]))
        return tuple(found)


def read_scenes(tables: Path) -> list[Scene]:
    """The scenes of a version, such as the folder v1.0-mini. Raises InputError if a table can't be read."""
    lidars = {record["token"] for record in _records(tables, "sensor", "channel") if record["channel"] == LIDAR}
    mounts = {
        record["token"]: _motion(tables / "calibrated_sensor.json", record)
        for record in _records(tables, "calibrated_sensor", "sensor_token", "rotation", "translation")
        if record["sensor_token"] in lidars
    }
    scene_of = {record["token"]: record["scene_token"] for record in _records(tables, "sample", "scene_token")}
    wanted = ("sample_token", "ego_pose_token", "calibrated_sensor_token", "filename", "timestamp", "is_key_frame")
    sweeps = [
        tuple(record[name] for name in ("token", *wanted))
        for record in _records(tables, "sample_data", *wanted)
        if record["calibrated_sensor_token"] in mounts
    ]
    needed = {sweep[2] for sweep in sweeps}
    poses = {
        record["token"]: _motion(tables / "ego_pose.json", record)
        for record in _records(tables, "ego_pose", "rotation", "translation")
        if record["token"] in needed
    }
    by_scene: dict[str, list[Sweep]] = defaultdict(list)
    try:
        for token, sample, ego, mount, file, stamp, key in sweeps:
            one = Sweep(token, sample, str(file), float(stamp) * 1e-6, bool(key), poses[ego] @ mounts[mount])
            by_scene[scene_of[sample]].append(one)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{tables}: sample_data.json has what other tables lack ({error}); unpack it again") from None
    return [
        Scene(str(record["name"]), tuple(sorted(by_scene[record["token"]], key=lambda sweep: sweep.stamp)))
        for record in _records(tables, "scene", "name")
        if record["token"] in by_scene
    ]


def read_annotations(tables: Path) -> Annotations:
    """The boxes of all samples of a version. Raises InputError if a table can't be read."""
    categories = {record["token"]: record["name"] for record in _records(tables, "category", "name")}
    riders = {record["token"] for record in _records(tables, "attribute", "name") if record["name"] == WITH_RIDER}
    instances = {
        record["token"]: (number, categories.get(record["category_token"], "?"))
        for number, record in enumerate(_records(tables, "instance", "category_token"))
    }
    rows: dict[str, list[int]] = defaultdict(list)
    numbers: array[float] = array("d")
    kinds: list[str] = []
    tracks: list[int] = []
    wanted = ("sample_token", "instance_token", "attribute_tokens", "translation", "size", "rotation")
    for record in _records(tables, "sample_annotation", *wanted):
        try:
            track, kind = instances[record["instance_token"]]
            values = [float(value) for name in wanted[3:] for value in record[name]]
            ridden = not riders.isdisjoint(record["attribute_tokens"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{tables / 'sample_annotation.json'}: broken record ({error}); unpack it again") from None
        if len(values) != 10:
            raise InputError(f"{tables / 'sample_annotation.json'}: a box of {len(values)} numbers, not 10")
        rows[record["sample_token"]].append(len(kinds))
        numbers.extend(values)
        kinds.append(kind + RIDDEN if ridden else kind)
        tracks.append(track)
    return Annotations(dict(rows), np.array(numbers, np.float64).reshape(-1, 10), kinds, tracks)


def read_lidarseg(tables: Path) -> dict[str, str]:
    """The label file of each sweep that has one, by the sweep's token; empty without lidarseg."""
    if not (tables / "lidarseg.json").is_file():
        return {}
    wanted = ("sample_data_token", "filename")
    return {record[wanted[0]]: str(record[wanted[1]]) for record in _records(tables, "lidarseg", *wanted)}


def _motion(path: Path, record: dict[str, Any]) -> Motion:
    try:
        return rigid(record["rotation"], record["translation"])
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: record {record['token']}: {error}; unpack it again") from None


def _records(tables: Path, name: str, *fields: str) -> Iterator[dict[str, Any]]:
    """The records of a table, each of which has a token and these fields, one at a time: tables may have gigabytes."""
    path = tables / f"{name}.json"
    try:
        for record in _parsed(path):
            if not isinstance(record, dict) or not isinstance(record.get("token"), str):
                raise ValueError("a record without a token")
            if lacking := next((field for field in fields if field not in record), None):
                raise ValueError(f"a record without {lacking!r}")
            yield record
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); unpack the data set again") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: no table of nuScenes ({error}); unpack the data set again") from None


def _parsed(path: Path) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    with open_regular(path, most=MAX_BYTES) as raw:
        text, at, ended = "", 0, False

        def more() -> None:
            nonlocal text, at, ended
            step = raw.read(_STEP)
            ended = not step
            # Tables are ASCII; what isn't is in descriptions, which nobody reads here.
            text, at = text[at:] + step.decode("utf-8", "replace"), 0

        more()
        text = text.lstrip()
        if not text.startswith("["):
            raise ValueError("no list")
        at = 1
        while True:
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
            if at == len(text):
                if ended:
                    raise ValueError("cut short")
                more()
                continue
            if text[at] == "]":
                return
            try:
                record, at = decoder.raw_decode(text, at)
            except json.JSONDecodeError as error:
                if ended or len(text) - at > _LONGEST + _STEP:
                    raise ValueError(f"{error.msg}, or cut short") from None
                more()
                continue
            yield record
