"""A drive's feed without a network, a server without Streamlit, and a client that speaks the viewer's protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reference.drive import write_drive
from reference.engine import segmenter
from reference.packet import decode

from apps.viewer.drive_feed import DriveFeed
from apps.viewer.guard import Guard
from apps.viewer.predictors import by_segmenter
from apps.viewer.server import PATH, Viewer, routes
from apps.viewer.shown import Shown
from data.labels import class_map
from data.sources import open_source

TIMEOUT = 60


class BareViewer(Viewer):
    """The viewer without Streamlit's page, of which a process can have one only."""

    def _app(self):
        from starlette.applications import Starlette
        from starlette.middleware import Middleware

        return Starlette(routes=routes(self), middleware=[Middleware(Guard, token=self.token, path=PATH)])


@dataclass
class Client:
    """A browser's side of the WebSocket."""

    socket: Any

    def show(self, position, direction=1):
        self.socket.send(json.dumps({"type": "show", "position": position, "direction": direction}))

    def seen(self, sequence, draw_ms=1.0):
        self.socket.send(json.dumps({"type": "seen", "sequence": sequence, "draw_ms": draw_ms}))

    def receive(self, timeout=TIMEOUT):
        """A JSON message, or (sequence, decoded packet)."""
        message = self.socket.recv(timeout)
        if isinstance(message, str):
            return json.loads(message)
        return int(np.frombuffer(message[:4], "<u4")[0]), decode(message[4:])

    def until(self, kind, timeout=TIMEOUT):
        """The next message of this type; 'frame' for a frame."""
        while True:
            message = self.receive(timeout)
            if kind == ("frame" if isinstance(message, tuple) else message["type"]):
                return message


@contextmanager
def connected(viewer: Viewer, **headers: str) -> Iterator[Client]:
    from websockets.sync.client import connect

    url = f"ws://127.0.0.1:{viewer.port}{PATH}/feed"
    headers = {"Origin": f"http://127.0.0.1:{viewer.port}", **headers}
    with connect(url, additional_headers=headers, max_size=1 << 26, proxy=None, compression=None) as socket:
        yield Client(socket)


def drive_feed(drive: Path, **options: Any) -> DriveFeed:
    source = open_source(drive)
    return DriveFeed(source, by_segmenter(segmenter(sensor=source.sensor)), class_map("default"), **options)


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[DriveFeed]:
    made = drive_feed(write_drive(tmp_path), about={"network": "none"}, fill=False)
    yield made
    made.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Viewer]]:
    """Serves a feed on a free port until the test ends."""
    pytest.importorskip("uvicorn", reason="the viewer's extra isn't installed: pip install 'squeezeseg[view]'")
    open_viewers = []

    def start(feed, **options):
        viewer = BareViewer(Shown(feed), port=0, **options)
        open_viewers.append(viewer.__enter__())
        return viewer

    yield start
    for viewer in open_viewers:
        viewer.__exit__(None, None, None)
