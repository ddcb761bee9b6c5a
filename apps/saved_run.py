"""Labels that were saved: those of a run's folder, or of files that hold points and labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from apps.option_groups import given_options

if TYPE_CHECKING:
    from data.scan import Scan
    from data.sources import Frame, Source
    from projection import Sensor
    from squeezeseg import InferenceSettings, Segmentation

SETTINGS = ("weights", "engine", "crf", "neighbours", "objects", "unknown_below")
"""Entries of a run's settings without which its labels can't be scored; see `run_folder.resolved_settings`."""
NOT_KNOWN: dict[str, Any] = {
    "weights": {"file": "not known", "model": "not known", "checksum": ""},
    "engine": "not known",
    "crf": None,
    "neighbours": None,
    "objects": None,
    "unknown_below": 0.0,
}
"""The settings of labels that no run.json tells of."""
NETWORK = ("view", "model", "engine", "precision", "crf", "objects", "neighbours", "unknown_below")
"""Options that ask for labels to be made."""
FOLDERS = ("labels", "clouds")
"""Of a run, with the labels of its frames; the first that is there."""


def saved_run(source: Source, path: Path) -> tuple[Sensor, dict[str, Any], Callable[[Frame, Scan], Segmentation]]:
    """Saved labels: the sensor they were made with, what run.json says, and what gives a frame's.

    path: a run's folder; a folder of .label, .npz, .ply or .pcd files that we wrote, named as the frames are, such as
        a run's `clouds`; or one such file.

    Raises:
        InputError: there is no such thing.
    """
    from apps.run_folder import FILE, read_run
    from projection.errors import InputError
    from squeezeseg.evaluation.saved_labels import holds_labels, saved_labels

    if not path.exists():
        raise InputError(f"{path}: no such file or folder; give a run's folder, made with 'squeezeseg segment'")
    run, folder = _run_of(path)
    if run == folder:
        folder = next((inner for name in FOLDERS if (inner := folder / name).is_dir()), folder)
    if not (run / FILE).is_file():
        if not holds_labels(folder):
            raise InputError(
                f"{path}: no labels in it; give a run's folder, made with 'squeezeseg segment', or a folder of the "
                ".label, .ply, .pcd or .npz files that it wrote"
            )
        return source.sensor, {"settings": NOT_KNOWN}, saved_labels(folder, source.sensor)
    made = read_run(run)
    settings = made["settings"]
    try:
        sensor = _sensor(settings)
        objects = bool({key: settings[key] for key in SETTINGS}["objects"])
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{run}: run.json lacks the settings that made it; run 'squeezeseg segment' again") from None
    if not holds_labels(folder):
        raise InputError(f"{path}: no labels in it; give a run's folder, made with 'squeezeseg segment'")
    if sensor.cut is None:
        sensor = replace(sensor, cut=source.sensor.cut)
    return sensor, made, saved_labels(folder, sensor, objects=objects)


def run_sensor(predictions: Path | None) -> Sensor | None:
    """The sensor that a run was made with; None where there is no run, or none that says."""
    from apps.run_folder import FILE, read_run
    from projection.errors import InputError

    if predictions is None:
        return None
    run, _ = _run_of(predictions)
    try:
        return _sensor(read_run(run)["settings"]) if (run / FILE).is_file() else None
    except (InputError, KeyError, TypeError, ValueError):
        return None  # which is told when the labels are read


def settings_of_run(folder: Path, settings: InferenceSettings) -> InferenceSettings:
    """Settings for going on with the run in a folder: where they leave the network open, it is the run's.

    Raises:
        InputError: the folder holds no run of ours.
    """
    from apps.run_folder import FILE, read_run
    from squeezeseg.networks import AUTO
    from squeezeseg.weights import shipped_models

    if settings.model != AUTO or not (folder / FILE).exists():
        return settings
    run = read_run(folder)
    try:
        return settings.with_model(str(run["inference"]["model"]))
    except (KeyError, TypeError):  # from before they were kept: then it was in the package
        name = Path(str(run["settings"].get("weights", {}).get("file"))).stem
        return settings.with_model(name) if name in shipped_models() else settings


def _run_of(path: Path) -> tuple[Path, Path]:
    """The run that a folder of labels, or a file in it, belongs to, and that folder; both the same where it is none."""
    from apps.run_folder import FILE

    folder = path.parent if path.is_file() else path
    return (folder.parent if folder.name in FOLDERS and (folder.parent / FILE).is_file() else folder), folder


def _sensor(settings: dict[str, Any]) -> Sensor:
    from projection import Sensor

    return Sensor(**settings["sensor"] | {"elevations": tuple(settings["sensor"]["elevations"])})


def own_labels(context: typer.Context, source: Source) -> Path | None:
    """The path of a source whose files hold labels that we wrote, to be shown as they are.

    None for any other, and where an option of the command says how to label them anew.
    """
    from projection.errors import InputError

    if given_options(context, *NETWORK):
        return None
    try:
        return source.path if source.saved_labels(source.frames[0]) is not None else None
    except InputError:  # told when the frame is read
        return None
