"""The cache of our compiled kernels, in numba's place.

numba's own ends the program at a damaged file, where it finds no folder to write to, and where two first starts
write its index at once; and it overlooks that a kernel which is called has changed, if that is of another file.
This one has a file for each kernel and signature, with its checksum, and no index. What can't be read is compiled
again, what can't be written is left.

The files lie in $NUMBA_CACHE_DIR, else beside the modules, else in the user's cache: the first that can be written.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numba
from numba.core import caching as numba_caching
from numba.core import serialize as numba_serialize
from numba.core.dispatcher import Dispatcher

from projection.cache_folder import cache_folder, can_write

PACKAGES = ("projection", "crf", "data", "squeezeseg", "apps")
SUFFIX = ".kernel"

caching: Any = numba_caching  # numba's types are none of ours
dumps: Callable[[Any], bytes] = numba_serialize.dumps
_log = logging.getLogger(__name__)
_DIGEST = hashlib.sha256().digest_size
_NOWHERE = "/nonexistent/squeezeseg"


class KernelFiles:
    """The compiled versions of one kernel: BASE.STAMP.KEY.kernel, the SHA-256 of a pickle before the pickle.

    folder: theirs. base: the kernel's name and line. stamp: of the source files.
    """

    def __init__(self, folder: str, base: str, stamp: str) -> None:
        self._folder = Path(folder)
        self._base = base
        self._stamp = _short_hash((numba.__version__, stamp))

    def load(self, key: Any) -> Any | None:
        """What was compiled for a key; None where there is nothing, or a damaged file."""
        try:
            content = self._path(key).read_bytes()
            digest, data = content[:_DIGEST], content[_DIGEST:]
            return pickle.loads(data) if hashlib.sha256(data).digest() == digest else None  # noqa: S301 - of our own
        except OSError:
            return None
        except Exception as error:  # of whatever class a pickle of another version raises
            _log.info("%s: compiled again (%s)", self._path(key), error)
            return None

    def save(self, key: Any, compiled: Any) -> None:
        """Keep what was compiled, and remove what was compiled from another version of the source."""
        path = self._path(key)
        data = dumps(compiled)
        temporary = path.with_name(f"{path.name}.{os.urandom(4).hex()}.tmp")
        try:
            temporary.write_bytes(hashlib.sha256(data).digest() + data)
            temporary.replace(path)
            for old in self._folder.glob(f"{self._base}.*"):
                if not old.name.startswith(f"{self._base}.{self._stamp}."):
                    old.unlink(missing_ok=True)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            _warn_unwritable(self._folder, error.strerror or str(error))

    def flush(self) -> None:
        """Remove all."""
        for path in self._folder.glob(f"{self._base}.*"):
            path.unlink(missing_ok=True)

    def _path(self, key: Any) -> Path:
        return self._folder / f"{self._base}.{self._stamp}.{_short_hash(key)}{SUFFIX}"


class _Stamp(str):
    """The state of a source file of ours."""

    __slots__ = ()


class _Locator(caching._SourceFileBackedLocatorMixin, caching._CacheLocator):  # type: ignore[misc]
    """Tells numba the folder of a kernel of ours."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        self._py_file = file
        self._lineno = function.__code__.co_firstlineno
        self._folder = kernel_folder(Path(file).parent, _wanted_folder())
        self._callees = sorted(imported_kernels(function.__globals__) - {file})

    def get_cache_path(self) -> str:
        return str(self._folder or _NOWHERE)

    def ensure_cache_path(self) -> None:
        """Nothing: `KernelFiles` minds."""

    def get_source_stamp(self) -> _Stamp:
        stamps = [super().get_source_stamp()]
        for file in self._callees:
            found = Path(file).stat()
            stamps.append(caching._hash_source_file(file, found.st_mtime, found.st_size))
        return _Stamp(repr(stamps))

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> Self | None:
        return cls(function, file) if function.__module__.partition(".")[0] in PACKAGES else None


def imported_kernels(names: dict[str, Any]) -> set[str]:
    """The source files of our kernels among a module's names, and among those of the modules they are from."""
    files: set[str] = set()
    todo = [names]
    while todo:
        for value in list(todo.pop().values()):
            if isinstance(value, Dispatcher) and value.__module__.partition(".")[0] in PACKAGES:
                file = value.py_func.__code__.co_filename
                if file not in files:
                    files.add(file)
                    todo.append(value.py_func.__globals__)
    return files


@lru_cache(maxsize=128)
def kernel_folder(modules: Path, wanted: str = "") -> Path | None:
    """The folder for the kernels of a folder of modules; None where none can be written.

    wanted: NUMBA_CACHE_DIR.
    """
    name = f"{modules.name}_{hashlib.sha256(os.fsencode(modules)).hexdigest()[:16]}"
    for folder in (Path(wanted, name) if wanted else None, modules / "__pycache__"):
        if folder is not None and can_write(folder):
            return folder
    kernels = cache_folder("kernels")
    return kernels / name if kernels is not None and can_write(kernels / name) else None


@lru_cache(maxsize=1)
def _warn_unwritable(folder: Path, reason: str) -> None:
    if str(folder) != _NOWHERE:
        _log.warning("%s: compiled kernels cannot be kept there (%s); the next start compiles again", folder, reason)


def _wanted_folder() -> str:
    config: Any = numba.config
    return str(config.CACHE_DIR)


def _short_hash(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def _files(cache_path: str, filename_base: str, source_stamp: Any) -> Any:
    ours = isinstance(source_stamp, _Stamp)
    return (KernelFiles if ours else _numbas_files)(cache_path, filename_base, source_stamp)


# Importing this module puts our cache in the place of numba's; functions of other packages stay with that.
_numbas_files = caching.IndexDataCacheFile
caching.IndexDataCacheFile = _files
caching.CompileResultCacheImpl._locator_classes.insert(0, _Locator)
