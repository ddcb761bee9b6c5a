"""The page in the browser: served while a command runs, and announced to whoever started it."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from apps import console
from apps.options import PageOptions
from apps.viewer.feeds.live_feed import LiveFeed
from apps.viewer.feeds.sector_feed import SectorFeed
from apps.viewer.server import Viewer, is_local
from apps.viewer.shown import Shown
from projection import InputError

if TYPE_CHECKING:
    from data.live.playback import Playback
    from squeezeseg.running.stream import Stream


@contextmanager
def serving(
    shown: Shown, page: PageOptions, say: Callable[[str], None], *, frame: str | None = None
) -> Iterator[Viewer]:
    """Serve the page while the block lasts; say where it is, and open it where there is a display.

    frame: name of the one that it begins with; None for the first.
    """
    try:
        with Viewer(shown, host=page.host, port=page.port, token=_token(page)) as viewer:
            address = viewer.address(frame)
            say(f"page: {address}")
            if is_local(viewer.host):
                port = viewer.port
                say(f"from another machine: ssh -L {port}:localhost:{port} THIS_MACHINE, then open this address there")
            say("Ctrl-C ends it")
            if page.browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
                webbrowser.open(address)
            yield viewer
    finally:
        shown.feed.close()


def _token(page: PageOptions) -> str | None:
    """The token as `Viewer` takes it. Raises InputError where there can be none."""
    if not page.no_token:
        return page.token
    if page.token is not None:
        raise InputError("--no-token: leave it out, or --token")
    return ""


@contextmanager
def showing(
    stream: Stream, about: dict[str, str], page: PageOptions, playback: Playback | None = None
) -> Iterator[Viewer]:
    """Show a stream in the browser while the block lasts. Enter it before the stream starts.

    about: how the labels are made, for people. playback: see `LiveFeed`.
    """
    from squeezeseg.running.sector_stream import SectorStream

    name = stream.source.name
    feed: LiveFeed
    if isinstance(stream, SectorStream):
        feed = SectorFeed(stream, name, about, playback)
    else:
        feed = LiveFeed(stream, name, about, playback)
    with serving(Shown(feed), page, console.note) as viewer:
        yield viewer
