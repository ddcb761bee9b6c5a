"""The viewer's server: Streamlit's page, our page in it, and the WebSocket, all on one port."""

from __future__ import annotations

import asyncio
import errno
import secrets
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from apps.links import PORT
from apps.viewer import streamlit_settings
from apps.viewer.guard import TOKEN, Guard
from apps.viewer.session import FAILED, GOING_AWAY, TRY_AGAIN_LATER, Session
from apps.viewer.shown import Shown, show
from apps.viewer.strangers import Strangers
from apps.viewer.theme import style_sheet
from projection import InputError

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.websockets import WebSocket

    from apps.viewer.feeds.feed import Feed

PORTS = 20
"""Ports that are tried, one after the other, where the first is taken."""
CLIENTS = 8
"""Browsers at once."""
CONNECTIONS = 128
"""Of all kinds at once, a quarter of which may be strangers: a page loads some dozens of files."""
PATH = "/viewer"
STATIC = Path(__file__).parent / "static"
SHELL = Path(__file__).parent / "shell.py"
MESSAGE_BYTES = 1 << 20
"""Of a message to the server: Streamlit's own are some kilobytes, ours are shorter still."""
SECONDS_TO_STOP = 3
SECONDS_TO_LEAVE = 1.0
"""For the browsers to be told that it is over."""
SECONDS_TO_GIVE_WAY, SECONDS_TO_GIVE_WAY_UNHEARD = 30.0, 2.0
"""Of silence, after which a browser gives its place to another when all are taken; the second if it never spoke."""
FAREWELL = "squeezeseg has ended."


class Viewer:
    """Serves a feed while the `with` block lasts, from a thread of its own.

    shown: what is shown. host: to listen on. port: None for 8501 or the next that is free. token: for the browser to
    give, as other people's programs on this machine can connect too; None for a random one, '' for none, which the
    loopback alone can do without.

    Raises:
        InputError: Streamlit is not installed, the port can't be had, or there must be a token.

    Example:
        with Viewer(Shown(feed)) as viewer:
            print(viewer.url)
    """

    def __init__(
        self, shown: Shown, *, host: str = "127.0.0.1", port: int | None = None, token: str | None = None
    ) -> None:
        self.shown = shown
        self.host = host
        self.token = secrets.token_urlsafe(24) if token is None else token or None
        if self.token is None and not is_local(host):
            raise InputError(f"--no-token: {host} can be reached by other machines; leave it out, or --host")
        self.strangers = Strangers()
        self.sessions: set[Session] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        check_installed()
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The page's address, with the token if there is one."""
        return self.address()

    def address(self, frame: str | None = None) -> str:
        """The page's address, with the token if there is one. frame: name of the one to begin with."""
        name = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(self.host, self.host)  # noqa: S104
        name = f"[{name}]" if ":" in name else name
        query = {TOKEN: self.token, "frame": frame}
        given = urlencode({key: value for key, value in query.items() if value})
        return f"http://{name}:{self.port}/" + (f"?{given}" if given else "")

    def __enter__(self) -> Self:
        import uvicorn

        show(self.shown)
        config = uvicorn.Config(
            self._app(),
            http=self.strangers.protocol(),
            log_level="error",
            access_log=False,
            server_header=False,
            ws="websockets-sansio",
            ws_max_size=MESSAGE_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=10,
            ws_ping_timeout=20,
            timeout_graceful_shutdown=SECONDS_TO_STOP,
            limit_concurrency=CONNECTIONS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="viewer-server", daemon=True
        )
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
            if not self._thread.is_alive():
                raise InputError(f"port {self.port}: the viewer did not start; try another --port")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failed = isinstance(error, InputError)
        self._take_leave(FAILED if failed else GOING_AWAY, str(error) if failed else FAREWELL)
        self._server.should_exit = True
        assert self._thread is not None
        self._thread.join(2 * SECONDS_TO_STOP)
        self._socket.close()
        show(None)

    def _app(self) -> Any:
        import streamlit as st
        from starlette.middleware import Middleware

        streamlit_settings.apply(self.host, self.port)
        return st.App(SHELL, routes=routes(self), middleware=[Middleware(Guard, **self.guarding)])

    @property
    def guarding(self) -> dict[str, Any]:
        """The settings of the guard."""
        return {"token": self.token, "path": PATH, "let_in": self.strangers.forget}

    async def converse(self, websocket: WebSocket) -> None:
        """The WebSocket's endpoint."""
        await websocket.accept()
        self._loop = asyncio.get_running_loop()
        if len(self.sessions) >= CLIENTS and not self._make_room():
            await websocket.close(TRY_AGAIN_LATER, f"{CLIENTS} browsers are watching already; close one of them")
            return
        session = Session(websocket, self.feed)
        self.sessions.add(session)
        try:
            await session.run()
        finally:
            self.sessions.discard(session)

    def _make_room(self) -> bool:
        """Send the browser away that has been silent longest, if it has been for long. Whether there is room now."""
        for session in sorted(self.sessions, key=lambda session: session.silent_for, reverse=True):
            if session.silent_for > (SECONDS_TO_GIVE_WAY if session.spoken else SECONDS_TO_GIVE_WAY_UNHEARD):
                self.sessions.discard(session)
                session.dismiss(TRY_AGAIN_LATER, "another browser has taken this one's place")
                return True
        return False

    def _take_leave(self, code: int, reason: str) -> None:
        """Tell the browsers that this is the end."""
        if self._loop is None:
            return
        for session in tuple(self.sessions):
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(session.dismiss, code, reason)
        end = time.monotonic() + SECONDS_TO_LEAVE
        while self.sessions and time.monotonic() < end:
            time.sleep(0.02)

    @property
    def feed(self) -> Feed:
        """The feed that is shown."""
        return self.shown.feed


def routes(viewer: Viewer) -> list[BaseRoute]:
    """Our page, and its WebSocket."""
    from starlette.responses import RedirectResponse, Response
    from starlette.routing import Mount, Route, WebSocketRoute
    from starlette.staticfiles import StaticFiles

    async def add_slash(_: object) -> RedirectResponse:
        return RedirectResponse(f"{PATH}/")

    async def theme(_: object) -> Response:
        return Response(style_sheet(), media_type="text/css")

    return [
        WebSocketRoute(f"{PATH}/feed", viewer.converse),
        Route(PATH, add_slash),
        Route(f"{PATH}/theme.css", theme),
        Mount(PATH, StaticFiles(directory=STATIC, html=True)),
    ]


def is_local(host: str) -> bool:
    """True if only this machine can reach what listens there."""
    from apps.viewer.guard import is_loopback

    return is_loopback(f"[{host}]" if ":" in host else host)


def check_installed() -> None:
    """Raise InputError if Streamlit is missing."""
    try:
        import streamlit  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise InputError("the viewer needs Streamlit; install it with: pip install 'squeezeseg[view]'") from None


def _listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens on the port, or on the first free one from 8501 on."""
    tried = range(PORT, PORT + PORTS) if port is None else [port]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in tried:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, number))
            listener.listen()
        except (OSError, OverflowError) as error:
            listener.close()
            taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            if taken and port is None:
                continue
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{host}:{number}: cannot listen there ({reason}); try another --port or --host") from None
        return listener
    raise InputError(f"ports {PORT} to {PORT + PORTS - 1} are all taken; give a free one with --port")
