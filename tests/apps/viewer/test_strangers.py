"""Connections that say nothing, or the wrong thing, keep nobody out."""

from __future__ import annotations

import socket
import time

import pytest
from helpers.tools import needs
from helpers.viewer_client import connected

from apps.viewer import server, session
from apps.viewer.server import CLIENTS, CONNECTIONS, PATH
from apps.viewer.strangers import STRANGERS, Strangers

websockets = needs("websockets")
TOKEN = "right"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(Strangers.__init__, "__defaults__", (STRANGERS, 0.2))


def knock(viewer, text=b""):
    connection = socket.create_connection(("127.0.0.1", viewer.port), 20)
    connection.sendall(text)
    return connection


def status(viewer):
    cookie = f"Cookie: squeezeseg-{viewer.port}={TOKEN}"
    request = f"GET {PATH}/app.js HTTP/1.1\r\nHost: 127.0.0.1:{viewer.port}\r\n{cookie}\r\n\r\n"
    with knock(viewer, request.encode()) as connection:
        return int(connection.recv(100).split()[1])


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"])
def test_silent_connections_keep_nobody_out(feed, serve, said):
    viewer = serve(feed, token=TOKEN)
    crowd = [knock(viewer, said) for _ in range(CONNECTIONS + 10)]
    assert status(viewer) == 200
    assert len(viewer.strangers) <= STRANGERS
    for connection in crowd:
        connection.close()


@pytest.mark.usefixtures("impatient")
def test_who_says_nothing_is_turned_away_after_a_while(feed, serve):
    viewer = serve(feed, token=TOKEN)
    with knock(viewer, b"GET / HTTP/1.1\r\n") as connection:
        assert connection.recv(100) == b""
    assert (len(viewer.strangers), viewer.strangers.turned_away) == (0, 1)


@pytest.mark.usefixtures("impatient")
def test_who_is_let_in_stays(feed, serve):
    viewer = serve(feed, token=TOKEN)
    with connected(viewer, Cookie=f"squeezeseg-{viewer.port}={TOKEN}") as client:
        client.until("hello")
        assert len(viewer.strangers) == 0
        time.sleep(0.4)
        client.show(1)
        assert client.until("frame")[1].facts["position"] == 1


def test_silent_sockets_give_way_to_another(feed, serve, monkeypatch):
    monkeypatch.setattr(server, "SECONDS_TO_GIVE_WAY_UNHEARD", 0.0)
    viewer = serve(feed)
    clients = [connected(viewer) for _ in range(CLIENTS)]
    silent, *others = [client.__enter__() for client in clients]
    for client in others:
        client.show(0)
    until(lambda: sum(one.spoken for one in viewer.sessions) == len(others))
    with connected(viewer) as last:
        last.show(1)
        assert last.until("frame")[1].facts["position"] == 1
        with pytest.raises(websockets.ConnectionClosed) as closed:
            silent.until("nothing")
    assert closed.value.rcvd.code == 1013
    for client in clients:
        client.__exit__(None, None, None)


@pytest.mark.parametrize("speaks", [False, True])
def test_a_socket_that_says_nothing_for_long_is_closed(feed, serve, monkeypatch, speaks):
    monkeypatch.setattr(session, "SECONDS_TO_SPEAK", 60.0 if speaks else 0.1)
    monkeypatch.setattr(session, "SECONDS_OF_SILENCE", 0.1 if speaks else 60.0)
    with connected(serve(feed)) as client:
        if speaks:
            client.socket.send('{"type":"here"}')
        with pytest.raises(websockets.ConnectionClosed) as closed:
            client.until("nothing")
    assert closed.value.rcvd.code == 1013


def test_the_end_is_told_as_such(feed, serve):
    viewer = serve(feed)
    with connected(viewer) as client:
        client.show(0)
        client.until("frame")
        viewer.__exit__(None, None, None)
        assert "ended" in client.until("bye")["text"]
        with pytest.raises(websockets.ConnectionClosed) as closed:
            client.until("nothing")
    assert closed.value.rcvd.code == 1001
