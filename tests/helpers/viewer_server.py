"""The viewer without Streamlit's page, of which a process can have one only, and a feed without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from apps.viewer.feeds.drive_feed import DriveFeed
from apps.viewer.feeds.feed import Feed
from apps.viewer.feeds.predictors import by_segmenter
from apps.viewer.guard import Guard
from apps.viewer.server import Viewer, routes
from apps.viewer.shown import Shown
from data.labels import class_map
from data.sources import open_source
from helpers.engine import segmenter


class BareViewer(Viewer):
    """Serves our own page and its WebSocket, behind the guard."""

    def _app(self):
        from starlette.applications import Starlette
        from starlette.middleware import Middleware

        return Starlette(routes=routes(self), middleware=[Middleware(Guard, **self.guarding)])


@contextmanager
def served(feed: Feed, port: int = 0, **options: Any) -> Iterator[Viewer]:
    """The feed on a free port, or this one; without a token, if none is given."""
    with BareViewer(Shown(feed), port=port, **{"token": ""} | options) as viewer:
        yield viewer


def drive_feed(drive: Path, **options: Any) -> DriveFeed:
    """What reflects strongly is a car."""
    source = open_source(drive)
    return DriveFeed(source, by_segmenter(segmenter(sensor=source.sensor)), class_map("default"), **options)
