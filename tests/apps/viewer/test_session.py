"""Conversations over a real socket."""

from __future__ import annotations

import asyncio
import socket
import urllib.error
import urllib.request

import numpy as np
import pytest
from helpers.tools import needs
from helpers.viewer_client import connected

from apps.viewer import session
from apps.viewer.server import CLIENTS, PATH, _listen
from apps.viewer.session import STRIKES
from projection import InputError

websockets = needs("websockets")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_NO_REDIRECT = urllib.request.build_opener(_Stay)


def get(viewer, path, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{viewer.port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_a_client_is_greeted_and_gets_the_frame_it_asks_for(feed, serve):
    with connected(serve(feed)) as client:
        hello = client.until("hello")
        assert (hello["kind"], hello["frames"]) == ("drive", [frame.name for frame in feed.frames])
        assert [one["name"] for one in hello["classes"]] == ["background", "car", "pedestrian", "cyclist"]
        client.show(2)
        sequence, read = client.until("frame")
        assert (sequence, read.facts["position"]) == (1, 2)


def test_nothing_is_sent_before_the_last_frame_was_seen(feed, serve):
    with connected(serve(feed)) as client:
        client.show(0)
        sequence, _ = client.until("frame")
        client.show(1)
        client.show(2)
        # News come meanwhile, half a second apart; no frame does.
        assert client.until("news")["client"]["sent"] == 1
        assert client.until("news")["client"]["sent"] == 1
        client.seen(sequence)
        assert client.until("frame")[1].facts["position"] == 2


def test_seeing_a_frame_that_is_not_on_its_way_changes_nothing(feed, serve):
    with connected(serve(feed)) as client:
        client.show(0)
        client.until("frame")
        client.seen(99)
        client.show(1)
        assert client.until("news")["client"]["seen"] == 0


def test_a_client_that_reads_nothing_does_not_stall_another(feed, serve):
    viewer = serve(feed)
    with connected(viewer) as lazy, connected(viewer) as busy:
        for position in range(3):
            lazy.show(position)
        for turn in range(12):
            busy.show(turn % 3)
            sequence, read = busy.until("frame")
            assert read.facts["position"] == turn % 3
            busy.seen(sequence)
        assert max(session.sent for session in viewer.sessions) == 12
        assert min(session.sent for session in viewer.sessions) <= 1


def test_what_was_seen_is_counted(feed, serve):
    with connected(serve(feed)) as client:
        for position in (0, 1, 2):
            client.show(position)
            sequence, _ = client.until("frame")
            client.seen(sequence, 3.5)
        facts = client.until("news")["client"]
        while facts["seen"] < 3:
            facts = client.until("news")["client"]
        assert (facts["sent"], facts["seen"], facts["draw_ms"], facts["unknown"]) == (3, 3, 3.5, 0)


def test_a_frame_that_cannot_be_read_is_told(feed, serve):
    feed.frames[1].path.write_bytes(b"12345")
    with connected(serve(feed)) as client:
        client.show(1)
        failed = client.until("failed")
        assert failed["position"] == 1
        assert "0000000001.bin" in failed["message"]
        client.show(0)
        assert client.until("frame")[1].facts["position"] == 0


@pytest.mark.parametrize("message", ["nonsense", b"\x00\x01", '{"type":"open","path":"/etc/passwd"}', "x" * 5000])
def test_strange_messages_are_counted_and_then_end_the_conversation(feed, serve, message):
    with connected(serve(feed)) as client:
        for _ in range(STRIKES - 1):
            client.socket.send(message)
        client.show(0)
        client.until("frame")
        assert client.until("news")["client"]["unknown"] == STRIKES - 1
        client.socket.send(message)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            client.until("nothing")
        assert closed.value.rcvd.code == 1008


def test_nothing_is_sent_after_the_farewell(feed, monkeypatch):
    monkeypatch.setattr(session, "SECONDS_BETWEEN_NEWS", 0.01)

    class Peer:
        closed = False

        async def receive(self):
            return {"type": "websocket.receive", "text": "nonsense"}

        async def send_text(self, _):
            assert not self.closed

        async def close(self, code, _):
            self.closed = code
            await asyncio.sleep(0.1)

    peer = Peer()
    asyncio.run(session.Session(peer, feed).run())
    assert peer.closed == 1008


def test_a_huge_message_ends_the_conversation(feed, serve):
    with connected(serve(feed)) as client:
        client.socket.send("x" * (2 << 20))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            client.until("nothing")
    assert closed.value.rcvd.code == 1009


def test_one_client_too_many_is_sent_away_and_told_why(feed, serve):
    viewer = serve(feed)
    clients = [connected(viewer) for _ in range(CLIENTS)]
    for client in clients:
        client.__enter__().until("hello")
    with connected(viewer) as last, pytest.raises(websockets.ConnectionClosed) as closed:
        last.receive()
    assert (closed.value.rcvd.code, str(CLIENTS) in closed.value.rcvd.reason) == (1013, True)
    for client in clients:
        client.__exit__(None, None, None)


def test_a_client_that_vanishes_is_forgotten(feed, serve):
    viewer = serve(feed)
    with connected(viewer) as client:
        client.show(0)
        client.until("hello")
        client.socket.socket.shutdown(socket.SHUT_RDWR)
    with connected(viewer) as other:
        other.show(1)
        assert other.until("frame")[1].facts["position"] == 1
        assert len(viewer.sessions) == 1
        assert len(feed._making._watchers) == 1


def test_other_settings_greet_anew(feed, serve):
    with connected(serve(feed)) as client:
        assert client.until("hello")["generation"] == 0
        feed.use(feed._predict, {"network": "other"})
        hello = client.until("hello")
        assert (hello["generation"], hello["about"]) == (1, {"network": "other"})


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:1"])
def test_pages_of_other_sites_get_no_socket(feed, serve, origin):
    with pytest.raises(websockets.InvalidStatus) as refused, connected(serve(feed), Origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_with_a_token_page_and_socket_want_it(feed, serve):
    viewer = serve(feed, token="right")
    assert get(viewer, f"{PATH}/")[0] == 403
    cookie = f"squeezeseg-{viewer.port}=right"
    status, page = get(viewer, f"{PATH}/", Cookie=cookie)
    assert (status, b"squeezeseg" in page) == (200, True)
    with pytest.raises(websockets.InvalidStatus), connected(viewer):
        pass
    with connected(viewer, Cookie=cookie) as client:
        assert client.until("hello")["kind"] == "drive"


@pytest.mark.parametrize(
    "path", ["/../server.py", "/%2e%2e/server.py", "/..%2fserver.py", "//etc/passwd", "/nothing.js"]
)
def test_only_the_pages_own_files_are_served(feed, serve, path):
    status, body = get(serve(feed), f"{PATH}{path}")
    assert status == 404
    assert b"import" not in body


def test_a_name_that_was_bent_to_this_machine_is_refused(feed, serve):
    assert get(serve(feed), f"{PATH}/", Host="evil.example")[0] == 403


def test_a_viewer_leaves_no_socket_behind(feed, serve):
    viewer = serve(feed)
    with connected(viewer) as client:
        client.until("hello")
        viewer.__exit__(None, None, None)
        assert not viewer._thread.is_alive()
    _listen("127.0.0.1", viewer.port).close()


def test_a_port_that_is_taken_is_refused_or_passed_over():
    first = _listen("127.0.0.1", None)
    port = first.getsockname()[1]
    with pytest.raises(InputError, match=f"127.0.0.1:{port}"):
        _listen("127.0.0.1", port)
    second = _listen("127.0.0.1", None)
    assert second.getsockname()[1] > port
    first.close()
    second.close()


@pytest.mark.parametrize("port", [-1, 70000])
def test_a_port_that_cannot_be_is_refused(port):
    with pytest.raises(InputError, match="cannot listen"):
        _listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "token", "asks"), [("127.0.0.1", "", False), ("127.0.0.1", None, True), ("0.0.0.0", "mine", True)]
)
def test_a_token_is_asked_for_unless_none_is_wanted(feed, serve, host, token, asks):
    viewer = serve(feed, host=host, token=token)
    assert ("token=" in viewer.url) == asks
    if asks:
        assert viewer.token == token or len(viewer.token) > 20
    assert get(viewer, f"{PATH}/")[0] == (403 if asks else 200)


def test_the_address_that_is_printed_lets_in_whatever_the_token(feed, serve):
    viewer = serve(feed, token="a+b&c#d%20e")
    query = viewer.url.partition("/?")[2]
    with pytest.raises(urllib.error.HTTPError, match="303"):
        _NO_REDIRECT.open(f"http://127.0.0.1:{viewer.port}{PATH}/?{query}", timeout=20)


def test_draw_times_are_medians_of_numbers(feed, serve):
    with connected(serve(feed)) as client:
        for position, draw in ((0, 1.0), (1, 9.0), (2, 2.0)):
            client.show(position)
            client.seen(client.until("frame")[0], draw)
        facts = client.until("news")["client"]
        while facts["seen"] < 3:
            facts = client.until("news")["client"]
        assert facts["draw_ms"] == np.median([1.0, 9.0, 2.0])
