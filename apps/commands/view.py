"""`squeezeseg view`: a recording in the browser."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from apps import console
from apps.opening import find_frame, load_segmenter, open_selected
from apps.option_groups import Inference, takes
from apps.options import ClassMapOption, PageOptions, PredictionsOption, Selection, SourceArgument

if TYPE_CHECKING:
    from squeezeseg import InferenceSettings


@takes(page=PageOptions, selection=Selection, settings=Inference())
def view(
    context: typer.Context,
    source: SourceArgument,
    predictions: PredictionsOption = None,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", metavar="RUN", help="Compare with the labels in another run's folder."),
    ] = None,
    frame: Annotated[
        str | None, typer.Option("--frame", metavar="NAME", help="Begin with this frame: its name or its number.")
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

    Frames are segmented when they are looked at; files that 'segment' wrote show the labels in them. Only this machine
    can open the page, unless --host says otherwise.
    """
    from apps.saved_run import own_labels
    from apps.viewer.page import serving
    from apps.viewer.recording import saved, segmented
    from apps.viewer.server import check_installed
    from data.labels import class_map as named
    from projection import InputError
    from squeezeseg.running.interruption import interrupt_on_signals

    recording = open_selected(source, settings, selection, predictions)
    if desktop:
        from apps.desktop.window import show

        for option, given in (("--predictions", predictions), ("--compare", compare), ("--frame", frame)):
            if given is not None:
                raise InputError(f"{option}: the window segments by itself; leave out --desktop or {option}")
        show(recording, load_segmenter(recording, settings), class_map=class_map)
        return
    check_installed()
    predictions = predictions or own_labels(context, recording)
    first = None if frame is None else find_frame(recording, frame)
    with suppress(KeyboardInterrupt), interrupt_on_signals():
        classes = named(class_map)
        if predictions is None:
            shown = segmented(recording, settings, classes, fill=fill, compare=compare)
        else:
            shown = saved(recording, predictions, classes, fill=fill, compare=compare)
        with serving(shown, page, lambda line: console.say(escape(line)), frame=first.name if first else None):
            threading.Event().wait()
