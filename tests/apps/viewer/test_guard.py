"""Who may talk to the viewer."""

from __future__ import annotations

import asyncio

import pytest

from apps.viewer.guard import POLICY, SHELL_POLICY, Guard, is_loopback

TOKEN = "s3cret-token"
HERE = "127.0.0.1:8501"


async def inner(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-frame-options", b"ALLOWALL")]})
        await send({"type": "http.response.body", "body": b"page"})
    else:
        await send({"type": "websocket.accept"})


def ask(kind="http", token=None, path="/viewer/", query="", method="GET", **headers):
    """The messages that a request is answered with."""
    answers = []

    async def receive():
        return {"type": f"{kind}.{'request' if kind == 'http' else 'connect'}"}

    async def send(message):
        answers.append(message)

    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(Guard(inner, token)(scope, receive, send))
    return answers


def status(**options):
    return ask(**options)[0]["status"]


def headers_of(answers):
    return {name.decode().lower(): value.decode() for name, value in answers[0]["headers"]}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("localhost:8501", True),
        ("127.0.0.1:8501", True),
        ("127.8.9.1", True),
        ("[::1]:8501", True),
        ("", False),
        ("0.0.0.0:8501", False),
        ("192.168.1.4:8501", False),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example:8501", False),
        ("[::1", False),
    ],
)
def test_which_hosts_are_this_machine(host, expected):
    assert is_loopback(host) == expected


@pytest.mark.parametrize(("host", "expected"), [(HERE, 200), ("localhost:9999", 200), ("evil.example:8501", 403)])
def test_without_a_token_only_this_machines_names_are_answered(host, expected):
    assert status(host=host) == expected


def test_no_host_at_all_is_refused():
    assert status() == 403


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", 200), ("HEAD", 200), ("OPTIONS", 200), ("PUT", 403), ("POST", 403), ("DELETE", 403)],
)
def test_nothing_is_taken_not_even_by_streamlits_own_routes(method, expected):
    assert status(host=HERE, path="/_stcore/upload_file/session/file", method=method) == expected


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        ("http://127.0.0.1:8501", True),
        ("http://127.0.0.1:9000", False),
        ("http://localhost:8501", False),
        ("http://evil.example", False),
        ("null", False),
        ("http://[bad", False),
        ("", False),
    ],
)
def test_a_websocket_must_come_from_our_own_page(origin, accepted):
    answer = ask("websocket", host=HERE, origin=origin)[0]["type"]
    assert answer == ("websocket.accept" if accepted else "websocket.close")


def test_a_websocket_without_an_origin_is_refused():
    assert ask("websocket", host=HERE)[0]["type"] == "websocket.close"


@pytest.mark.parametrize("path", ["/", "/viewer/", "/viewer/app.js", "/_stcore/health", "/static/js/index.js"])
def test_with_a_token_nothing_is_answered_without_it(path):
    assert status(token=TOKEN, path=path, host=HERE) == 403


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        (f"squeezeseg-8501={TOKEN}", 200),
        (f"other=1; squeezeseg-8501={TOKEN}; more=2", 200),
        (f"squeezeseg-8502={TOKEN}", 403),
        ("squeezeseg-8501=wrong", 403),
        ("squeezeseg-8501=", 403),
        (f"squeezeseg-8501={TOKEN}x", 403),
        ("=;;;\x7f", 403),
    ],
)
def test_the_cookie_lets_in_if_it_is_this_viewers(cookie, expected):
    assert status(token=TOKEN, host="robot.local:8501", cookie=cookie) == expected


@pytest.mark.parametrize("query", ["token=", "token=wrong", f"tokens={TOKEN}", f"token=x&other={TOKEN}"])
def test_a_wrong_token_is_refused(query):
    assert status(token=TOKEN, host=HERE, query=query) == 403


def test_the_token_becomes_a_cookie_and_leaves_the_address():
    answers = ask(token=TOKEN, host="robot.local:8501", path="/viewer/", query=f"renderer=webgl&token={TOKEN}")
    headers = headers_of(answers)
    assert (answers[0]["status"], headers["location"]) == (303, "/viewer/?renderer=webgl")
    assert headers["referrer-policy"] == "no-referrer"
    for part in (f"squeezeseg-8501={TOKEN}", "HttpOnly", "SameSite=lax"):
        assert part in headers["set-cookie"]


def test_the_redirect_stays_on_this_host():
    answers = ask(token=TOKEN, host=HERE, path="//evil.example/", query=f"token={TOKEN}")
    assert headers_of(answers)["location"] == "/evil.example/"


@pytest.mark.parametrize(("query", "cookie"), [(f"token={TOKEN}", ""), ("", f"squeezeseg-8501={TOKEN}")])
def test_a_websocket_with_the_token_is_accepted(query, cookie):
    headers = {"host": HERE, "origin": f"http://{HERE}", "cookie": cookie}
    assert ask("websocket", TOKEN, query=query, **headers)[0]["type"] == "websocket.accept"
    assert ask("websocket", "another", query=query, **headers)[0]["type"] == "websocket.close"


@pytest.mark.parametrize(("path", "policy"), [("/viewer/", POLICY), ("/", SHELL_POLICY), ("/viewerx", SHELL_POLICY)])
def test_pages_come_with_a_policy_that_lets_nothing_in_from_elsewhere(path, policy):
    headers = headers_of(ask(host=HERE, path=path))
    assert headers["content-security-policy"] == policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "http" not in policy
    assert "*" not in policy
