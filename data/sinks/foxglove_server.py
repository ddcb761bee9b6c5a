"""The Foxglove server: labelled scans, live, for Foxglove to connect to."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from data.boxes import Box
from data.scan import Scan
from data.segmentation import Segmentation
from data.sinks.foxglove import Topics, load_foxglove
from projection.errors import InputError

PORT = 8765
"""Foxglove's own default."""
BACKLOG = 4
"""Messages that wait for a client that is too slow. Beyond it the oldest go: a late scan is worth nothing."""


class FoxgloveServer:
    """A WebSocket server, with the topics of `data.sinks.foxglove`; it serves until it is closed.

    Nobody is asked for a password, so only this machine can connect unless another host is given.

    host: the address to listen at. port: 0 for any that is free.

    Raises:
        InputError: no foxglove-sdk, or the port or the address can't be had.

    Example:
        with FoxgloveServer() as server:
            server.write(scan, segmentation)
    """

    def __init__(self, host: str = "127.0.0.1", port: int = PORT) -> None:
        foxglove = load_foxglove()
        if not 0 <= port < 1 << 16:
            raise InputError(f"port {port}: must be 0 to 65535")
        context = foxglove.Context()
        try:
            self._server = foxglove.start_server(
                name="squeezeseg", host=host, port=port, context=context, message_backlog_size=BACKLOG
            )
        except (RuntimeError, OSError) as error:
            raise InputError(f"{host}:{port}: cannot be listened at ({error}); choose another port or host") from None
        self.host = host
        self.port: int = self._server.port
        self._topics: Topics | None = Topics(context)

    @property
    def address(self) -> str:
        """The URL to open in Foxglove."""
        return f"ws://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def write(self, scan: Scan, result: Segmentation, stamp: float | None = None, boxes: Sequence[Box] = ()) -> None:
        """Send a scan to all clients without waiting for them. stamp: seconds, where not the scan's own."""
        if self._topics is None:
            raise ValueError(f"{self.address}: closed")
        self._topics.log(scan, result, stamp, boxes)

    def close(self) -> None:
        """Stop serving."""
        if self._topics is not None:
            self._topics = None
            self._server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
