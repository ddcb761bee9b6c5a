"""Point files behind a URL, such as those of an object store: each is fetched when it is read, and not kept."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.formats import FOLDER_SUFFIXES, READERS, PointFile, read_points
from data.sources.base import Frame
from data.sources.files import FileSource
from projection import Sensor
from projection.errors import InputError

_URL = re.compile(r"([a-z][a-z0-9+]+):/+(.*)")
"""A URL's scheme and rest, also where a path has made one slash of two."""


def url_of(path: str | Path) -> str | None:
    """The URL that a path stands for: 's3:/bucket/drive' -> 's3://bucket/drive'; None where it is a plain path."""
    match = _URL.fullmatch(str(path))
    return match and f"{match[1]}://{'/' if match[1] == 'file' else ''}{match[2]}"


class RemoteFiles(FileSource):
    """A folder of point files behind a URL, or one of them, without labels; read through fsspec.

    url: s3://, gs://, http:// and whatever else fsspec knows; some need a package of their own, which fsspec names.

    Raises:
        InputError: there is nothing, or it can't be reached.
    """

    def __init__(self, url: str, sensor: Sensor | None = None) -> None:
        from fsspec.core import url_to_fs

        self.url = url.rstrip("/")
        with _told(self.url):
            self._system, root = url_to_fs(self.url)
            single = Path(self.url).suffix.lower() in READERS
            found = [root] if single else sorted(str(name) for name in self._system.ls(root, detail=False))
        folder = Path(self.url).parent if single else Path(self.url)
        wanted = READERS if single else FOLDER_SUFFIXES
        self._remote = {folder / Path(name).name: name for name in found if Path(name).suffix.lower() in wanted}
        if not self._remote:
            raise InputError(f"{self.url}: no scans; looked for {', '.join('*' + suffix for suffix in wanted)}")
        super().__init__(Path(self.url), list(self._remote), sensor)
        self.name = Path(self.url).stem if single else Path(self.url).name

    def read(self, frame: Frame) -> PointFile:
        """Fetch a frame's file, and read it. Raises InputError where that fails."""
        with tempfile.TemporaryDirectory(prefix="squeezeseg-") as folder:
            file = Path(folder, frame.path.name)
            with _told(f"{self.url}, {frame.path.name}"):
                self._system.get_file(self._remote[frame.path], str(file))
            try:
                return read_points(file)
            except InputError as error:
                raise InputError(str(error).replace(str(file), str(frame.path))) from None


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Errors of file systems and networks in a line."""
    try:
        yield
    except InputError:
        raise
    except ModuleNotFoundError:
        raise
    except Exception as error:  # each file system has errors of its own
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{what}: cannot be read ({reason}); check the URL and your rights") from None
