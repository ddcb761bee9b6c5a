"""open3d for tests: an extra, with system libraries that a machine may lack."""

from __future__ import annotations

from typing import Any

import pytest

from helpers.tools import in_ci


def load() -> Any:
    """open3d; where it cannot be loaded the test is skipped, in CI it fails."""
    try:
        import open3d
    except (ImportError, OSError) as error:  # its own loader's errors are of the second kind
        if in_ci():
            raise
        pytest.skip(f"needs open3d: {error}")
    return open3d
