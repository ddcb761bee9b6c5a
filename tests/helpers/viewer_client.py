"""A browser's side of the viewer's WebSocket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from oracles.packet import decode

TIMEOUT = 60


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
def connected(viewer: Any, **headers: str) -> Iterator[Client]:
    from websockets.sync.client import connect

    url = f"ws://127.0.0.1:{viewer.port}/viewer/feed"
    headers = {"Origin": f"http://127.0.0.1:{viewer.port}", **headers}
    with connect(url, additional_headers=headers, max_size=1 << 26, proxy=None, compression=None) as socket:
        yield Client(socket)
