"""The user's cache: a folder for what can be made again."""

from __future__ import annotations

import logging
import os
import stat
from functools import lru_cache
from pathlib import Path

_log = logging.getLogger(__name__)


def cache_folder(name: str) -> Path | None:
    """A folder of this name in the first place that can be written, which is made; None where there is no such place.

    The places are the user's cache, which is $XDG_CACHE_HOME or ~/.cache, and a folder of the user's own among the
    temporary files, for containers without a home. A warning says once that the first can't be had.
    """
    root = _root(os.environ.get("XDG_CACHE_HOME"), os.environ.get("HOME"), os.environ.get("TMPDIR"))
    if root is None or not can_write(root / name):
        return None
    return root / name


def can_write(folder: Path) -> bool:
    """True if the folder is there, or can be made, and files can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


@lru_cache(maxsize=8)
def _root(cache_home: str | None, home: str | None, temporary: str | None) -> Path | None:
    usual = Path(cache_home) if cache_home and Path(cache_home).is_absolute() else _home(home) / ".cache"
    if usual.is_absolute() and can_write(usual / "squeezeseg"):
        return usual / "squeezeseg"
    for place in (temporary, "/tmp", "/var/tmp"):  # noqa: S108 - in a folder that only this user can write
        if place and (own := _own_folder(Path(place, f"squeezeseg-{os.geteuid()}"))):
            _log.warning(
                "%s: cannot be written; what is compiled is kept in %s (set XDG_CACHE_HOME to a folder that stays)",
                usual, own,
            )  # fmt: skip
            return own
    _log.warning(
        "%s: cannot be written, nor can /tmp; each start compiles anew (set XDG_CACHE_HOME to a folder that can)", usual
    )
    return None


def _home(home: str | None) -> Path:
    """The user's home; the relative path '~' for a user without any."""
    return Path(home) if home else Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home raises where there is none


def _own_folder(folder: Path) -> Path | None:
    """The folder, which nobody else can write to: what is read from it is run."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return folder if ours and can_write(folder) else None
