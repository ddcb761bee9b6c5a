"""Guard: checks that a request may talk to the viewer, before any route, Streamlit's own included."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN = "token"  # noqa: S105 - the name of the parameter

METHODS = ("GET", "HEAD", "OPTIONS")
"""That a page needs which only shows something: Streamlit's own would take uploads, as many as one likes."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Content security policy of our own page: everything from here, nothing from elsewhere."""
SHELL_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""Of Streamlit's page around it, which makes styles and workers while it runs."""


class Guard:
    """ASGI middleware: the Host must be this machine's, a WebSocket's Origin the same, and the token right.

    Without a token, only names of the loopback are accepted as Host: a page of another site that has its name
    resolved to 127.0.0.1 (DNS rebinding) still says its own name there. With one, any name will do: such a page doesn't
    have the token, whose cookie belongs to the name under which it was set.

    token: to be given once as ?token=..., from then on by a cookie; None for none.
    path: below it lies our own page, with the strict policy. let_in: told the client of each request that is passed on.
    """

    def __init__(
        self,
        app: ASGIApp,
        token: str | None = None,
        path: str = "/viewer",
        let_in: Callable[[tuple[str, int] | None], None] = lambda _: None,
    ) -> None:
        self.app = app
        self._let_in = let_in
        self.token = token
        self.path = path
        self.refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is allowed, answer the rest."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if reason := self._objection(scope, headers):
            self.refused += 1
            await _refuse(scope, receive, send, reason)
            return
        self._let_in(scope.get("client"))
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
        elif self.token is not None and (clean := self._without_token(scope)) is not None:
            await self._set_cookie(headers, clean, scope, receive, send)
        else:
            await self.app(scope, receive, self._with_headers(scope, send))

    def _objection(self, scope: Scope, headers: dict[str, str]) -> str:
        host = headers.get("host", "")
        if self.token is None and not is_loopback(host):
            return f"this viewer answers to localhost only, not to {host[:80]!r}"
        if scope["type"] == "http" and scope["method"] not in METHODS:
            return "this viewer is to be looked at, and takes nothing"
        if scope["type"] == "websocket":
            try:
                origin = urlsplit(headers.get("origin", "")).netloc
            except ValueError:
                origin = ""
            if not origin or origin.lower() != host.lower():
                return "a WebSocket must come from the viewer's own page"
        if self.token is not None and not self._has_token(scope, headers):
            return "open the address that 'squeezeseg' printed: it ends in ?token=..."
        return ""

    def _has_token(self, scope: Scope, headers: dict[str, str]) -> bool:
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        given = [query.get(TOKEN, "")]
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie(headers))
        except CookieError:
            cookie = None
        if cookie is not None:
            given.append(cookie.value)
        return any(secrets.compare_digest(value.encode(), (self.token or "").encode()) for value in given)

    def _without_token(self, scope: Scope) -> str | None:
        """The address without its token, None if it has none."""
        pairs = parse_qsl(scope.get("query_string", b"").decode("latin-1"))
        kept = [(name, value) for name, value in pairs if name != TOKEN]
        if len(kept) == len(pairs):
            return None
        path = "/" + scope["path"].lstrip("/\\")  # '//elsewhere' would lead to another host
        return f"{path}?{urlencode(kept)}" if kept else path

    async def _set_cookie(
        self, headers: dict[str, str], clean: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Turn the token into a cookie, so that it stays neither in the address bar nor in the history."""
        from starlette.responses import RedirectResponse

        response = RedirectResponse(clean, 303, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
        # Not 'strict': a link in another page, as in eval's, would find the cookie withheld.
        response.set_cookie(self._cookie(headers), self.token or "", httponly=True, samesite="lax")
        await response(scope, receive, send)

    @staticmethod
    def _cookie(headers: dict[str, str]) -> str:
        """Cookies are shared by all ports of a host: each viewer has its own."""
        port = re.search(r":([0-9]+)$", headers.get("host", ""))
        return f"squeezeseg-{port[1] if port else 80}"

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        ours = scope["path"] == self.path or scope["path"].startswith(self.path + "/")
        added = {
            "content-security-policy": POLICY if ours else SHELL_POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "x-frame-options": "SAMEORIGIN",
            "cross-origin-resource-policy": "same-origin",
            **({"cache-control": "no-cache"} if ours else {}),  # an update must not meet yesterday's modules
        }

        async def respond(message: Any) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", ()) if pair[0].decode("latin-1").lower() not in added]
                message["headers"] = [*kept, *((name.encode(), value.encode()) for name, value in added.items())]
            await send(message)

        return respond


def is_loopback(host: str) -> bool:
    """True if a Host header, with or without a port, names this machine to itself."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()  # the handshake; closing before it is accepted answers 403
        await send({"type": "websocket.close", "code": 1008, "reason": reason[:120]})
        return
    from starlette.responses import PlainTextResponse

    await PlainTextResponse(f"squeezeseg: {reason}\n", 403)(scope, receive, send)
