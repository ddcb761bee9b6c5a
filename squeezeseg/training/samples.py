"""Training samples: labelled full turns, kept as memory-mapped range images, of which fronts are cut."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import read_json
from data.labels import IGNORE, PEOPLE, ClassMap
from data.sources import Frame, Source
from projection import InputError, RangeImage, project

_INDEX = TypeAdapter(dict[str, Any])
_log = logging.getLogger(__name__)

COLUMNS = 2048
BIN = 64
"""Columns that are counted together when samples with people in them are looked for."""


Turn = tuple[NDArray[np.float16], NDArray[np.uint8]]
"""Channels (4, H, W) and labels (H, W), as in `SampleStore`."""


def turn_of(image: RangeImage, truth: NDArray[np.uint8]) -> Turn:
    """A labelled turn. image: of a multiple of `BIN` columns. truth: (N,) class ids of the points, or IGNORE."""
    return image.channels[:4].astype(np.float16), image.of_pixels(truth, IGNORE)


def people_by_bin(labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Pixels of people in each bin of columns (W / BIN,) of a turn's labels (H, W)."""
    return np.asarray(np.isin(labels, PEOPLE).sum(0).reshape(-1, BIN).sum(1))


@dataclass(frozen=True, eq=False)
class SampleStore:
    """F labelled full turns of W columns, 2048 unless their sensor has another number.

    channels: (F, 4, H, W) float16: x, y, z in metres, intensity; 0 where empty.
    labels: (F, H, W) uint8 class ids, IGNORE where empty or unknown.
    around: (F,) bool, whether the labels cover the full turn, or what lies ahead only.
    people: (F, W / BIN) int32, pixels of people in each bin of columns.
    fingerprint: tells this data from other data.
    rows: (F,) where in channels and labels each turn lies, which may hold more; None: they lie in order.
    raised: metres added to the z of returns as networks see them, for a sensor that is mounted higher or lower than the
        one that they know.
    """

    channels: NDArray[np.float16]
    labels: NDArray[np.uint8]
    around: NDArray[np.bool_]
    people: NDArray[np.int32]
    fingerprint: str = ""
    rows: NDArray[np.intp] | None = None
    raised: float = 0.0

    def __len__(self) -> int:
        return len(self.around)

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of a turn."""
        return self.labels.shape[1], self.labels.shape[2]

    def turn(self, frame: int) -> Turn:
        """One of the turns."""
        row = frame if self.rows is None else self.rows[frame]
        return self.channels[row], self.labels[row]

    def at(self, step: int) -> SampleStore:
        """The turns that a step draws from: always these."""
        return self


class Samples(Protocol):
    """What a run learns from, step by step."""

    @property
    def fingerprint(self) -> str:
        """Tells this data from other data."""
        ...

    def __len__(self) -> int:
        """Turns in all."""
        ...

    def at(self, step: int) -> SampleStore:
        """The turns that a step draws from."""
        ...


def hold_out(sources: Sequence[Source], share: float) -> tuple[list[Source], list[Source]]:
    """The sources without their last frames, and the sources with these alone.

    Neighbouring frames show the same street, so the end of each recording is held back, not every n-th frame.
    A recording of one frame holds back none.

    Raises:
        InputError: nothing is left to hold back.
    """
    kept, held = list[Source](), list[Source]()
    for source in sources:
        count = min(max(1, round(share * len(source))), len(source) - 1) if share > 0 else 0
        kept.append(source.with_frames(source.frames[: len(source) - count]))
        if count:
            held.append(source.with_frames(source.frames[len(source) - count :]))
    if share > 0 and not held:
        raise InputError("training needs two frames or more: the last of each recording are held back")
    return kept, held


def build_store(
    sources: Sequence[Source],
    folder: Path,
    class_map: ClassMap,
    progress: Callable[[int, int], None] | None = None,
    columns: int = COLUMNS,
    raised: float = 0.0,
) -> SampleStore:
    """Project all labelled frames of `sources` into memory-mapped files in `folder`, or open what is there.

    Frames without labels are left out, and so, with a warning, are those that can't be read. A folder that was
    made of the same frames with the same class map is used again.

    columns: of a turn, a multiple of `BIN`. raised: see `SampleStore`.

    Raises:
        InputError: no frame has labels, the sensors have different beams, or the folder cannot be written.
    """
    frames = [(source, frame) for source in sources for frame in source.frames]
    made_of = {
        "classes": class_map.name,
        "frames": [_identity(source, frame) for source, frame in frames],
        **({} if columns == COLUMNS else {"columns": columns}),
    }
    index = folder / "index.json"
    if _holds(folder, made_of, columns):
        return _open(folder, columns, raised)
    beams = {source.sensor.beams for source in sources}
    if len(beams) != 1:
        raise InputError(f"cannot train on sensors of {sorted(beams)} beams together; train on one sensor")
    height, around = beams.pop(), list[bool]()
    with atomic_write(folder / "channels.bin") as channels, atomic_write(folder / "labels.bin") as labels:
        for done, (source, frame) in enumerate(frames):
            try:
                scan = source.scan(frame)
                truth = source.truth(frame, scan, class_map)
            except InputError as error:
                _log.warning("left out: %s", error)
                truth = None
            if truth is not None:
                sensor = replace(source.sensor.with_view("full"), columns=columns)
                seen, known = turn_of(project(scan.points, sensor, scan.ring), truth)
                channels.write(seen.tobytes())
                labels.write(known.tobytes())
                around.append(source.labels_around)
            if progress is not None:
                progress(done + 1, len(frames))
        if not around:
            raise InputError("no frame of the training data has labels; see 'squeezeseg doctor' for what a drive lacks")
        # Comes last and goes first: a folder with an index is whole.
        index.unlink(missing_ok=True)
    with atomic_write(index) as file:
        file.write(json.dumps({**made_of, "height": height, "around": around}).encode())
    return _open(folder, columns, raised)


def _identity(source: Source, frame: Frame) -> list[str | int]:
    """A frame's identity: its name, its file's size and time. The same one made again has another."""
    try:
        state = frame.path.stat()
    except OSError:
        return [str(source.path.resolve() / frame.name), 0, 0]
    return [str(source.path.resolve() / frame.name), state.st_size, state.st_mtime_ns]


def _holds(folder: Path, made_of: Mapping[str, object], columns: int) -> bool:
    """True if the folder holds a whole store made of just that."""
    try:
        index = read_json(folder / "index.json", _INDEX)
        pixels = len(index["around"]) * index["height"] * columns
        sizes = [(folder / name).stat().st_size for name in ("channels.bin", "labels.bin")]
        return {key: index[key] for key in made_of} == made_of and sizes == [8 * pixels, pixels]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _open(folder: Path, columns: int, raised: float) -> SampleStore:
    index = read_json(folder / "index.json", _INDEX)
    around = np.array(index["around"], bool)
    shape = (index["height"], columns)
    channels = np.memmap(folder / "channels.bin", np.float16, "r", shape=(len(around), 4, *shape))
    labels = np.memmap(folder / "labels.bin", np.uint8, "r", shape=(len(around), *shape))
    people = np.empty((len(around), columns // BIN), np.int32)
    for k, image in enumerate(labels):
        people[k] = people_by_bin(image)
    fingerprint = hashlib.sha256((folder / "index.json").read_bytes()).hexdigest()
    return SampleStore(channels, labels, around, people, fingerprint, raised=raised)
