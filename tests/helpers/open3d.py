"""open3d for tests: an extra, with system libraries that a machine may lack."""

from __future__ import annotations

import os
from typing import Any

import pytest


def load() -> Any:
    """open3d; where it cannot be loaded the test is skipped, in CI it fails."""
    try:
        import open3d
    except (ImportError, OSError) as error:  # its own loader's errors are of the second kind
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs open3d: {error}")
    return open3d
