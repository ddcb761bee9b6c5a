"""A small drive's feed, and servers that end with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from helpers.drive import write_drive
from helpers.tools import needs
from helpers.viewer_server import drive_feed, served

from apps.viewer.feeds.drive_feed import DriveFeed
from apps.viewer.server import Viewer


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[DriveFeed]:
    made = drive_feed(write_drive(tmp_path), about={"network": "none"}, fill=False)
    yield made
    made.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Viewer]]:
    """Serves a feed until the test ends."""
    needs("uvicorn")
    with ExitStack() as stack:
        yield lambda feed, **options: stack.enter_context(served(feed, **options))
