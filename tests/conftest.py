"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real scans, beside the checkout or where SQUEEZESEG_REAL says."""
    folder = Path(os.environ.get("SQUEEZESEG_REAL", ROOT.parent / "shared" / "real"))
    if not folder.is_dir():
        pytest.skip("no real scans in ../shared/real (set SQUEEZESEG_REAL to a folder laid out like it)")
    return folder
