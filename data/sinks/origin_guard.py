"""Guard of a WebSocket server that doesn't look at the Origin: a relay that only lets some pages in.

A browser lets any page connect to any server, this machine's own included, but says in the header Origin whose page it
is (RFC 6455, 10.2). Programs that aren't browsers send none.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Collection
from contextlib import suppress
from urllib.parse import urlsplit

SECONDS_TO_ASK = 10.0
"""From the connection to the end of its request's head."""
WAITING = 32
"""Connections without a request at once; the oldest makes room for a new one."""
_MAX_HEAD = 1 << 14
_CHUNK = 1 << 18
_REFUSAL = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 26\r\n\r\nthis page may not connect\n"


def may_connect(origin: str | None, allowed: Collection[str]) -> bool:
    """True for a program that is no browser (no origin), a page of this machine, or an allowed page's origin.

    Example:
        >>> may_connect("http://localhost:8080", ()), may_connect("https://evil.example", ())
        (True, False)
    """
    if origin is None or origin.rstrip("/").lower() in {one.rstrip("/").lower() for one in allowed}:
        return True
    try:
        parts = urlsplit(origin)
        name = parts.hostname or ""
        if parts.scheme == "file":  # a desktop application's own page
            return not name
        return parts.scheme in ("http", "https") and (name == "localhost" or ipaddress.ip_address(name).is_loopback)
    except ValueError:
        return False


class OriginGuard:
    """Relays a listening socket's connections to a server, if `may_connect`; from a thread of its own.

    server: address of the server. origins: of pages, such as 'https://app.foxglove.dev', that may connect.
    refused: connections that were not let through.
    """

    def __init__(self, listener: socket.socket, server: tuple[str, int], origins: Collection[str]) -> None:
        self.refused = 0
        self._server = server
        self._origins = tuple(origins)
        self._waiting: dict[asyncio.StreamWriter, None] = {}
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="origin-guard", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close all connections, and stop listening."""
        with suppress(RuntimeError):  # closed before
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def _run(self, listener: socket.socket) -> None:
        try:
            self._loop.run_until_complete(self._serve(listener))
        finally:
            self._loop.close()

    async def _serve(self, listener: socket.socket) -> None:
        server = await asyncio.start_server(self._accept, sock=listener, limit=_MAX_HEAD)
        await self._stopped.wait()
        server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if (head := await self._head(reader, writer)) is not None:
                await self._relay(head, reader, writer)
        except (OSError, asyncio.CancelledError):  # either side has gone, or `close`
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _head(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """The head of a connection's request; None where it is not let through."""
        while len(self._waiting) >= WAITING:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.transport.abort()
        self._waiting[writer] = None
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS_TO_ASK)
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = b""
        finally:
            self._waiting.pop(writer, None)
        fields = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
        headers = [(name.strip().lower(), value.strip().decode("latin-1")) for name, _, value in fields]
        origins = [value for name, value in headers if name == b"origin"]
        upgrades = [value.lower() for name, value in headers if name == b"upgrade"]
        # Without an upgrade further requests may follow on the same connection, and nobody would look at theirs.
        if upgrades != ["websocket"] or len(origins) > 1 or not may_connect(next(iter(origins), None), self._origins):
            self.refused += 1
            writer.write(_REFUSAL)
            await writer.drain()
            return None
        return head

    async def _relay(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on, both ways, until either side has ended."""
        from_server, to_server = await asyncio.open_connection(*self._server, limit=_CHUNK)
        to_server.write(head)
        ways = [asyncio.create_task(_pass_on(reader, to_server)), asyncio.create_task(_pass_on(from_server, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_server.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
