"""Connections that the guard has not let in yet: few, and not for long, so that nobody can keep others out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol

STRANGERS = 32
"""Connections at once; the oldest makes room for a new one."""
SECONDS_TO_ASK = 10.0
"""From the connection until a request that the guard lets in."""

Client = tuple[str, int]


class Strangers:
    """Keeps the connections without an accepted request; all in the server's thread."""

    def __init__(self, most: int = STRANGERS, seconds: float = SECONDS_TO_ASK) -> None:
        self.turned_away = 0
        self._most = most
        self._seconds = seconds
        self._waiting: dict[Client, tuple[asyncio.Transport, asyncio.TimerHandle]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, client: Client, transport: asyncio.Transport) -> None:
        """Wait for the first request of a new connection."""
        self.forget(client)
        while len(self._waiting) >= self._most:
            self._turn_away(next(iter(self._waiting)))
        timer = asyncio.get_running_loop().call_later(self._seconds, self._turn_away, client)
        self._waiting[client] = transport, timer

    def forget(self, client: Client | None) -> None:
        """A connection that the guard has let in, or that is gone."""
        if client is not None and (waiting := self._waiting.pop(client, None)) is not None:
            waiting[1].cancel()

    def _turn_away(self, client: Client) -> None:
        transport, timer = self._waiting.pop(client)
        timer.cancel()
        self.turned_away += 1
        transport.abort()

    def protocol(self) -> type[H11Protocol]:
        """uvicorn's HTTP, whose connections begin here."""
        from uvicorn.protocols.http.h11_impl import H11Protocol

        strangers = self

        class Protocol(H11Protocol):
            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                if self.client is not None:
                    strangers.add(self.client, transport)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                strangers.forget(self.client)

        return Protocol
