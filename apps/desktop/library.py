"""open3d, the window's library: an extra, with system libraries that pip doesn't bring."""

from __future__ import annotations

from typing import Any

from data import libraries
from projection import InputError

REMEDY = f"pip install 'squeezeseg[desktop]' and, on Debian, apt install {' '.join(libraries.DEBIAN_PACKAGES.values())}"


def load_open3d() -> Any:
    """open3d, imported at first use.

    Raises:
        InputError: it or a system library of its is not installed; the message names all that must be.
    """
    try:
        import open3d
    except (ImportError, OSError) as error:  # its own loader's errors are of the second kind
        missing = libraries.missing_library(error)
        reason = f"the system library {missing} is missing" if missing else str(error)
        raise InputError(f"the window needs open3d, which cannot be loaded ({reason}): {REMEDY}") from None
    return open3d
