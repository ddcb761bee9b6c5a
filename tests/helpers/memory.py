"""The memory that this process has now, native libraries' included."""

from __future__ import annotations

import gc
import resource
from pathlib import Path

import pytest

MIB = 1 << 20
_STATUS = Path("/proc/self/statm")


def resident() -> int:
    """Bytes; the test is skipped where the system doesn't say."""
    if not _STATUS.is_file():
        pytest.skip("needs /proc/self/statm (Linux)")
    gc.collect()
    return int(_STATUS.read_text().split()[1]) * resource.getpagesize()
