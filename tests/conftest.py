"""Fixtures that all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.real import folder


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Graphs that tests make don't stay in the user's cache, nor are the user's settings the tests'.

    Programs that tests start are told by the environment.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        for variable in [name for name in os.environ if name.startswith("SQUEEZESEG_") and name != "SQUEEZESEG_REAL"]:
            patch.delenv(variable)
        patch.setenv("SQUEEZESEG_TIMING", "0")  # what is fastest while other tests run is chance
        yield


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real scans, beside the checkout or where SQUEEZESEG_REAL says."""
    if not (scans := folder()).is_dir():
        pytest.skip("no real scans in ../shared/real (set SQUEEZESEG_REAL to a folder laid out like it)")
    return scans
