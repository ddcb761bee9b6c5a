"""Sources and segmenters of a command's options."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from apps import console
from apps.options import Selection

if TYPE_CHECKING:
    from data.sources import Frame, Source
    from squeezeseg import InferenceSettings, Segmenter

EVERYTHING = Selection()
SCANS_BETWEEN_LINES = 20
T = TypeVar("T")


def open_selected(
    path: Path | Sequence[Path],
    settings: InferenceSettings,
    selection: Selection = EVERYTHING,
    predictions: Path | None = None,
) -> Source:
    """Open a source with the settings' sensor and select from it.

    path: one, or several. predictions: a run, whose sensor is taken where the settings name none.

    Raises:
        InputError: it can't be opened, or nothing is left of it.
    """
    from apps.saved_run import run_sensor
    from data.live import open_recording
    from data.sensor_file import load_sensor
    from data.sources import open_source
    from data.stream_file import stream_kind
    from projection import InputError

    sensor = load_sensor(settings.sensor) if settings.sensor else run_sensor(predictions)
    if not isinstance(path, Path) and len(path) > 1:
        if selection.topic is not None:
            raise InputError("--topic is for bags, of which one can be opened at a time")
        several = open_source(path, sensor=sensor)
        if settings.height is not None:
            several.mount(settings.height)
        return _selected(several, selection)
    path = path if isinstance(path, Path) else path[0]
    with console.status() if stream_kind(path) else nullcontext(lambda _: None) as show:
        source = open_recording(
            path,
            sensor=sensor,
            height=settings.height,
            topic=selection.topic,
            told=lambda count: None if count % SCANS_BETWEEN_LINES else show(f"{path}: {count:,} scans decoded"),
        )
    return _selected(source, selection)


def _selected(source: Source, selection: Selection) -> Source:
    from data.label_map import load_label_map
    from data.sources import select

    if selection.labels is not None:
        source.use_labels(load_label_map(selection.labels))
    return select(source, frames=selection.frames, every=selection.every, split=selection.split)


def typed_path(paths: Sequence[Path], source: Source) -> Path:
    """The path that was typed for `source`, or the folder that several have in common."""
    return paths[0] if len(paths) == 1 else source.path


def load_segmenter(source: Source, settings: InferenceSettings, *, lanes: int = 1) -> Segmenter:
    """A segmenter for the source's sensor, for so many lanes whatever the settings say.

    Raises:
        InputError: the weights or the engine can't be used.
    """
    from squeezeseg import Segmenter

    return Segmenter.load(settings=settings.changed(lanes=lanes), sensor=source.sensor)


def as_loaded(settings: InferenceSettings, segmenter: Segmenter) -> InferenceSettings:
    """The settings that a segmenter was loaded with, its network by name."""
    from squeezeseg.networks import AUTO

    return settings.with_model(segmenter.settings.model) if settings.model == AUTO else settings


def spread(items: Sequence[T], count: int) -> list[T]:
    """`count` of the items, evenly spread, the first among them."""
    count = min(count, len(items))
    return [items[k * len(items) // count] for k in range(count)]


def pick(source: Source, number: int | None) -> Frame:
    """The frame of this number, or the first. Raises InputError if there is none."""
    from projection import InputError

    found = (frame for frame in source.frames if number in (None, frame.number))
    if (frame := next(found, None)) is None:
        numbers = f"{source.frames[0].number} to {source.frames[-1].number}"
        raise InputError(f"{source.path}: no frame {number} among its {len(source)}, numbered {numbers}")
    return frame


def find_frame(source: Source, name: str) -> Frame:
    """The frame of this name, else of this number. Raises InputError if there is none."""
    from projection import InputError

    named = next((frame for frame in source.frames if frame.name == name), None)
    if named is not None:
        return named
    if name.isascii() and name.isdigit():
        return pick(source, int(name))
    raise InputError(f"{source.path}: no frame {name!r}; the first is called {source.frames[0].name!r}")
