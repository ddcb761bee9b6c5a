"""The newest of an endless row of labelled full turns, in files that several processes share."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.atomic import atomic_write
from data.json_file import read_json
from projection import InputError
from squeezeseg.training.samples import BIN, COLUMNS, SampleStore, people_by_bin

_MARK = "ring.json"
_CONTENT = TypeAdapter(dict[str, Any])


class Ring:
    """S slots: turn n lies in slot n % S, until turn n + S takes its place.

    One process says by `need` what may no longer be overwritten, others `put` turns. A process that is killed while it
    puts one leaves an empty slot.
    """

    def __init__(self, folder: Path, slots: int, height: int) -> None:
        """Open the ring in a folder, which `make` has made. height: rows of a turn."""
        self.folder, self.slots, self.height = folder, slots, height
        shapes = self._shapes(slots, height)
        files: dict[str, NDArray[Any]] = {
            name: np.memmap(folder / name, kind, "r+", shape=shape) for name, (kind, shape) in shapes.items()
        }
        self._channels, self._labels, self._people = files["channels.bin"], files["labels.bin"], files["people.bin"]
        # A row for each slot: the number of its turn, -1 where it is empty, and a checksum. Then the first one needed.
        self._index = files["index.bin"]

    @staticmethod
    def _shapes(slots: int, height: int) -> dict[str, tuple[type, tuple[int, ...]]]:
        return {
            "channels.bin": (np.float16, (slots, 4, height, COLUMNS)),
            "labels.bin": (np.uint8, (slots, height, COLUMNS)),
            "people.bin": (np.int32, (slots, COLUMNS // BIN)),
            "index.bin": (np.int64, (slots + 1, 2)),
        }

    @classmethod
    def make(cls, folder: Path, slots: int, height: int, made_of: Mapping[str, object]) -> Ring:
        """The ring of a folder: the one that it holds if that is made of the same, or an empty one.

        Turns that were damaged on the disk, as by a power cut, are left out.

        Raises:
            InputError: the folder cannot be written, or there is no room.
        """
        content = {**made_of, "slots": slots, "height": height}
        try:
            if _marked(folder) != content:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True, exist_ok=True)
                for name, (kind, shape) in cls._shapes(slots, height).items():
                    with (folder / name).open("wb") as file:
                        # All of it now: a full disk found later, through mapped memory, would end the process.
                        os.posix_fallocate(file.fileno(), 0, int(np.prod(shape)) * np.dtype(kind).itemsize)
                cls(folder, slots, height)._index[:] = -1
                with atomic_write(folder / _MARK) as file:
                    file.write(json.dumps(content).encode())
            ring = cls(folder, slots, height)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{folder}: cannot be written ({reason}); choose another --out or make room") from None
        for slot in np.flatnonzero(ring._index[:-1, 0] >= 0):
            if ring._index[slot, 1] != ring._checksum(slot):
                ring._index[slot, 0] = -1
        return ring

    @property
    def needed(self) -> int:
        """The first turn that may not be overwritten."""
        return int(self._index[-1, 0])

    def need(self, first: int) -> None:
        """Give up the turns before `first`."""
        self._index[-1, 0] = first

    def free(self, number: int) -> bool:
        """True if turn `number` may be put: the one in its place is needed no more."""
        return number < self.needed + self.slots

    def holds(self, numbers: Sequence[int] | NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these turns there are."""
        numbers = np.asarray(numbers)
        return np.asarray(self._index[numbers % self.slots, 0] == numbers)

    def put(self, number: int, channels: NDArray[np.float16], labels: NDArray[np.uint8]) -> None:
        """Keep turn `number`: channels (4, H, 2048) and labels (H, 2048) as in SampleStore."""
        slot = number % self.slots
        self._index[slot, 0] = -1
        self._channels[slot], self._labels[slot] = channels, labels
        self._people[slot] = people_by_bin(labels)
        self._index[slot, 1] = self._checksum(slot)
        self._index[slot, 0] = number  # comes last: what has its number is whole

    def store(self, numbers: range, fingerprint: str) -> SampleStore:
        """The turns `numbers`, all of which there must be, where they lie."""
        rows = np.arange(numbers.start, numbers.stop) % self.slots
        around = np.ones(len(rows), bool)
        return SampleStore(self._channels, self._labels, around, self._people[rows], fingerprint, rows)

    def _checksum(self, slot: int | np.intp) -> int:
        return zlib.crc32(self._labels[slot], zlib.crc32(self._channels[slot]))


def _marked(folder: Path) -> dict[str, Any] | None:
    """What the folder's ring is made of, None without a whole one."""
    try:
        return read_json(folder / _MARK, _CONTENT)
    except (OSError, ValueError):
        return None
