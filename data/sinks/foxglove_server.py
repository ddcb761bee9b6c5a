"""The Foxglove server: labelled scans, live, for Foxglove to connect to."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from data.boxes import Box
from data.scan import Scan
from data.segmentation import Segmentation
from data.sinks.foxglove import Marker, Topics, load_foxglove
from data.sinks.origin_guard import OriginGuard
from projection.errors import InputError

PORT = 8765
"""Foxglove's own default."""
ORIGINS = ("https://app.foxglove.dev",)
"""Foxglove's own page, in the browser."""
BACKLOG = 4
"""Messages that wait for a client that is too slow. Beyond it the oldest go: a late scan is worth nothing."""


class FoxgloveServer:
    """A WebSocket server, with the topics of `data.sinks.foxglove`; it serves until it is closed.

    Nobody is asked for a password, so only this machine can connect unless another host is given; and of the pages that
    are open in its browsers only those of this machine and of `origins`.

    host: the address to listen at. port: 0 for any that is free. origins: of pages that may connect, Foxglove's by
    default.

    Raises:
        InputError: no foxglove-sdk, or the port or the address can't be had.

    Example:
        with FoxgloveServer() as server:
            server.write(scan, segmentation)
    """

    def __init__(self, host: str = "127.0.0.1", port: int = PORT, origins: Collection[str] = ORIGINS) -> None:
        foxglove = load_foxglove()
        if not 0 <= port < 1 << 16:
            raise InputError(f"port {port}: must be 0 to 65535")
        listener = _listen(host, port)
        context = foxglove.Context()
        try:
            self._server = _start(foxglove, context)
        except (RuntimeError, OSError) as error:
            listener.close()
            raise InputError(f"{host}:{port}: Foxglove's server doesn't start ({error})") from None
        self.host = host
        self.port: int = listener.getsockname()[1]
        self._guard = OriginGuard(listener, self._server.address, origins)
        self._topics: Topics | None = Topics(context)

    @property
    def address(self) -> str:
        """The URL to open in Foxglove."""
        return f"ws://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def write(
        self,
        scan: Scan,
        result: Segmentation,
        stamp: float | None = None,
        boxes: Sequence[Box] = (),
        markers: Sequence[Marker] = (),
    ) -> None:
        """Send a scan to all clients without waiting for them. stamp: seconds, where not the scan's own."""
        if self._topics is None:
            raise ValueError(f"{self.address}: closed")
        self._topics.log(scan, result, stamp, boxes, markers)

    def close(self) -> None:
        """Stop serving."""
        if self._topics is not None:
            self._topics = None
            self._guard.close()
            self._server.server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class _Hidden:
    """foxglove-sdk's server, and where it listens."""

    server: Any
    address: tuple[str, int]


def _start(foxglove: Any, context: Any) -> _Hidden:
    """Start the server behind the guard, at an address that no page can guess.

    All of 127.0.0.0/8 is this machine, on Linux; elsewhere only 127.0.0.1 is.
    """
    random = "127." + ".".join(str(1 + secrets.randbelow(254)) for _ in range(3))
    for host in (random, "127.0.0.1"):
        try:
            server = foxglove.start_server(
                name="squeezeseg", host=host, port=0, context=context, message_backlog_size=BACKLOG
            )
        except (RuntimeError, OSError):
            if host != random:
                raise
            continue
        return _Hidden(server, (host, server.port))
    raise AssertionError


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        reason = error.strerror or error
        raise InputError(f"{host}:{port}: cannot be listened at ({reason}); choose another port or host") from None
    return listener
