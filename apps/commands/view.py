"""`squeezeseg view`: a recording in the browser."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from apps import console
from apps.opening import load_segmenter, open_selected
from apps.option_groups import Inference, takes
from apps.options import ClassMapOption, PageOptions, Selection, SourceArgument

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings


@takes(page=PageOptions, selection=Selection, settings=Inference())
def view(
    source: SourceArgument,
    predictions: Annotated[
        Path | None,
        typer.Option("--predictions", metavar="RUN", help="Show the labels in a run's folder, run no network."),
    ] = None,
    class_map: ClassMapOption = "default",
    fill: Annotated[
        bool,
        typer.Option("--fill/--no-fill", help="While you watch, segment the other frames too, for the timeline."),
    ] = True,
    desktop: Annotated[bool, typer.Option("--desktop", help="In a window instead, on this machine's display.")] = False,
    *,
    page: PageOptions,
    selection: Selection,
    settings: InferenceSettings,
) -> None:
    """Look at a recording in the browser: labels, ground truth, scores, frame by frame.

    Frames are segmented when they are looked at. Only this machine can open the page, unless --host says otherwise.
    """
    from apps.viewer.page import serving
    from apps.viewer.recording import saved, segmented
    from apps.viewer.server import check_installed
    from data.labels import class_map as named
    from projection import InputError
    from squeezeseg.running.interruption import interrupt_on_signals

    recording = open_selected(source, settings, selection)
    if desktop:
        from apps.desktop.window import show

        if predictions is not None:
            raise InputError("--predictions: the window segments by itself; leave out --desktop or --predictions")
        show(recording, load_segmenter(recording, settings), class_map=class_map)
        return
    check_installed()
    with suppress(KeyboardInterrupt), interrupt_on_signals():
        classes = named(class_map)
        if predictions is None:
            shown = segmented(recording, settings, classes, fill=fill)
        else:
            shown = saved(recording, predictions, classes, fill=fill)
        with serving(shown, page, lambda line: console.say(escape(line))):
            threading.Event().wait()
