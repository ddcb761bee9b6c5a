"""`squeezeseg view`: a recording in the browser."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from apps import console
from apps.opening import load_segmenter, open_selected
from apps.options import (
    CrfOption,
    EngineOption,
    EveryOption,
    FramesOption,
    HeightOption,
    NeighboursOption,
    ObjectsOption,
    PrecisionOption,
    SensorOption,
    SourceArgument,
    SplitOption,
    UnknownBelowOption,
    ViewOption,
    WeightsOption,
)

if TYPE_CHECKING:
    from apps.viewer.server import Viewer
    from apps.viewer.shown import Shown
    from data.sources import Source
    from squeezeseg.running.stream import Stream

PAGE = "Page"

HostOption = Annotated[
    str,
    typer.Option("--host", metavar="ADDRESS", rich_help_panel=PAGE, help="To listen on; 0.0.0.0 for other machines."),
]
PortOption = Annotated[
    int | None,
    typer.Option("--port", metavar="N", rich_help_panel=PAGE, help="8501 or the next that is free, if not given."),
]
TokenOption = Annotated[
    str | None,
    typer.Option(
        "--token",
        metavar="TEXT",
        rich_help_panel=PAGE,
        help="That the browser must give; a random one where other machines can connect.",
    ),
]
BrowserOption = Annotated[
    bool, typer.Option("--browser/--no-browser", rich_help_panel=PAGE, help="Open the page where there is a display.")
]


def view(
    source: SourceArgument,
    predictions: Annotated[
        Path | None,
        typer.Option("--predictions", metavar="RUN", help="Show the labels in a run's folder, run no network."),
    ] = None,
    class_map: Annotated[
        str,
        typer.Option("--class-map", metavar="NAME", help="Which objects count as what: default or squeezeseg."),
    ] = "default",
    fill: Annotated[
        bool,
        typer.Option("--fill/--no-fill", help="While you watch, segment the other frames too, for the timeline."),
    ] = True,
    desktop: Annotated[bool, typer.Option("--desktop", help="In a window instead, on this machine's display.")] = False,
    host: HostOption = "127.0.0.1",
    port: PortOption = None,
    token: TokenOption = None,
    browser: BrowserOption = True,
    frames: FramesOption = None,
    every: EveryOption = 1,
    split: SplitOption = None,
    view: ViewOption = "full",
    sensor: SensorOption = None,
    height: HeightOption = None,
    weights: WeightsOption = "squeezeseg",
    engine: EngineOption = "auto",
    precision: PrecisionOption = "auto",
    crf: CrfOption = True,
    neighbours: NeighboursOption = 5,
    objects: ObjectsOption = True,
    unknown_below: UnknownBelowOption = 0.0,
) -> None:
    """Look at a recording in the browser: labels, ground truth, scores, frame by frame.

    Frames are segmented when they are looked at. Only this machine can open the page, unless --host says otherwise.
    """
    from apps.viewer.server import Viewer, check_installed
    from projection import InputError

    recording = open_selected(source, sensor=sensor, height=height, frames=frames, every=every, split=split)
    settings: dict[str, Any] = {
        "weights": weights,
        "crf": crf,
        "neighbours": neighbours,
        "objects": objects,
        "unknown_below": unknown_below,
    }
    fixed: dict[str, Any] = {"view": view, "engine": engine, "precision": precision}
    if desktop:
        from apps.desktop.window import show

        if predictions is not None:
            raise InputError("--predictions: the window segments by itself; leave out --desktop or --predictions")
        show(recording, load_segmenter(recording, **settings, **fixed), class_map=class_map)
        return
    check_installed()
    from squeezeseg.running.interruption import interrupt_on_signals

    with suppress(KeyboardInterrupt), interrupt_on_signals():
        if predictions is None:
            shown = _segmented(recording, settings, class_map, fill, fixed)
        else:
            shown = _saved(recording, predictions, class_map, fill)
        try:
            with Viewer(shown, host=host, port=port, token=token) as viewer:
                announce(viewer, browser=browser, say=lambda line: console.say(escape(line)))
                threading.Event().wait()
        finally:
            shown.feed.close()


def _segmented(source: Source, settings: dict[str, Any], class_map: str, fill: bool, fixed: Mapping[str, Any]) -> Shown:
    from apps.viewer.feeds.drive_feed import DriveFeed
    from apps.viewer.feeds.predictors import Predict, by_segmenter
    from apps.viewer.shown import Shown
    from data.labels import class_map as named

    def load() -> tuple[Predict, dict[str, str]]:
        segmenter = load_segmenter(source, **settings, **fixed)
        about = {
            "network": segmenter.card.model,
            "engine": segmenter.engine.name,
            "CRF": "on" if segmenter.crf is not None else "off",
            "objects": "on" if segmenter.classifier is not None else "off",
        }
        return by_segmenter(segmenter), about

    def change(chosen: Mapping[str, Any]) -> None:
        before = dict(settings)
        settings.update(chosen)
        try:
            feed.use(*load())
        except BaseException:
            settings.update(before)
            raise

    predict, about = load()
    feed = DriveFeed(source, predict, named(class_map), about, fill=fill)
    return Shown(feed, settings, change)


def _saved(source: Source, run: Path, class_map: str, fill: bool) -> Shown:
    from apps.evaluation.examine import saved_run
    from apps.viewer.feeds.drive_feed import DriveFeed
    from apps.viewer.feeds.predictors import by_run
    from apps.viewer.shown import Shown
    from data.labels import class_map as named

    _, _, saved = saved_run(source, run)
    return Shown(DriveFeed(source, by_run(saved), named(class_map), {"labels": str(run)}, fill=fill))


@contextmanager
def showing(
    stream: Stream,
    name: str,
    about: dict[str, str] | None = None,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    token: str | None = None,
    browser: bool = True,
) -> Iterator[Viewer]:
    """Show a stream in the browser while the block lasts. Enter it before the stream starts.

    name: of the stream's source, for people. about: how the labels are made, likewise. For the others see `Viewer`.
    """
    from apps.viewer.feeds.live_feed import LiveFeed
    from apps.viewer.server import Viewer
    from apps.viewer.shown import Shown

    feed = LiveFeed(stream, name, about)
    try:
        with Viewer(Shown(feed), host=host, port=port, token=token) as viewer:
            announce(viewer, browser=browser, say=console.note)
            yield viewer
    finally:
        feed.close()


def announce(viewer: Viewer, *, browser: bool, say: Callable[[str], None]) -> None:
    """Say where the page is, and open it where there is a display."""
    import webbrowser

    from apps.viewer.server import is_local

    say(f"page: {viewer.url}")
    if is_local(viewer.host):
        port = viewer.port
        say(f"from another machine: ssh -L {port}:localhost:{port} THIS_MACHINE, then open it there")
    say("Ctrl-C ends it")
    if browser and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        webbrowser.open(viewer.url)
