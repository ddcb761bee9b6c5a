"""MCAP: one file for a run, its clock and all of its scans, which Foxglove plays."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from data.boxes import Box
from data.lock import Lock
from data.scan import Scan
from data.segmentation import Segmentation
from data.sinks.foxglove import Marker, Topics, load_foxglove
from projection.errors import InputError

PART = ".part"
_log = logging.getLogger(__name__)


class McapFile:
    """A recording that is being written, with the topics of `data.sinks.foxglove`.

    It is called NAME.mcap.part until it is closed, for it has no index before. Each scan is handed to the system at
    once: of a killed process everything but the scan at hand is left, and 'mcap recover' gives it an index. The library
    could write no such file through `data.atomic`, which leaves nothing of a killed process. What an earlier process
    left is moved to NAME.1.mcap.part, and a warning says so.

    path: the file's name when it is closed, however the block ends; what had that name is replaced, unless there was
        no scan.

    Raises:
        InputError: another suffix, no foxglove-sdk, a folder that can't be written, or another process that writes it.

    Example:
        with McapFile(Path("run.mcap")) as file:
            file.write(scan, segmentation)
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() != ".mcap":
            raise InputError(f"{path}: must have the suffix .mcap")
        foxglove = load_foxglove()
        from foxglove.mcap import MCAPCompression, MCAPWriteOptions

        self.path = path
        self._part = path.with_name(path.name + PART)
        # LZ4 leaves 1.9 MB of a real scan's 3.2 in 14 ms, packing included; Zstandard 1.5 in 24. A sensor doesn't wait.
        options = MCAPWriteOptions(compression=MCAPCompression.Lz4, compression_threads=0, disable_seeking=True)
        context = foxglove.Context()
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: cannot be written (it is no regular file); choose another name")
        self._lock = Lock(path, path.with_name(f".{path.name}.lock"))
        try:
            self._set_aside()
            self._writer = foxglove.open_mcap(self._part, context=context, writer_options=options)
        except (RuntimeError, OSError) as error:
            self._lock.release()
            raise self._unwritable(error) from None
        self._topics: Topics | None = Topics(context)
        self._empty = True

    def write(
        self,
        scan: Scan,
        result: Segmentation,
        stamp: float | None = None,
        boxes: Sequence[Box] = (),
        markers: Sequence[Marker] = (),
    ) -> None:
        """Add a scan. stamp: seconds since the epoch, where it is not the scan's own.

        Raises:
            InputError: the file can't be written any longer.
        """
        if self._topics is None:
            raise ValueError(f"{self.path}: closed")
        self._topics.log(scan, result, stamp, boxes, markers)
        self._empty = False
        try:
            self._writer.flush()
        except (RuntimeError, OSError) as error:
            raise self._unwritable(error) from None

    def close(self) -> None:
        """Write the index and give the file its name. Raises InputError if that can't be done."""
        if self._topics is None:
            return
        self._topics = None
        try:
            self._writer.close()
            if self._empty:
                self._part.unlink()
            else:
                self._part.replace(self.path)
        except (RuntimeError, OSError) as error:
            raise self._unwritable(error) from None
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except InputError:
            if error is None:  # else the block's own tells more
                raise

    def _set_aside(self) -> None:
        """Give what a killed process left another name."""
        if not self._part.exists():
            return
        names = (self.path.with_name(f"{self.path.stem}.{k}{self.path.suffix}{PART}") for k in itertools.count(1))
        aside = next(name for name in names if not name.exists())
        self._part.rename(aside)
        _log.warning("%s: left by a run that was killed, and moved to %s ('mcap recover' saves it)", self._part, aside)

    def _unwritable(self, error: Exception) -> InputError:
        reason = getattr(error, "strerror", None) or error
        return InputError(f"{self.path}: cannot be written ({reason}); choose another folder or make room")
