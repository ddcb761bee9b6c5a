"""The files of `squeezeseg eval`: the JSON, the page of scores, pictures of the worst frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from apps import console
from apps.given_command import given_command

if TYPE_CHECKING:
    from apps.evaluation.examine import Examined


def write_page(file: Path, examined: Examined, *, note: str, pictures: int, view: Sequence[str]) -> None:
    """Write the page of scores, which names the command that made it. Raises InputError if it can't be written.

    view: the command that shows the same labels in the viewer.
    """
    from apps.evaluation.page import page

    command = given_command()
    with console.progress("drawing", pictures) as progress:
        write(file, page(examined, command=command, note=note, pictures=pictures, view=view, progress=progress))
    console.note(f"page: {file}")


def draw_worst(folder: Path, examined: Examined, count: int) -> None:
    """Draw so many of the worst frames into the folder, each as a range image and from above."""
    from apps.drawing.error_figures import error_figures, save_figure
    from data.atomic import atomic_write

    with console.progress("drawing", count) as progress:
        for done, (frame, _) in enumerate(examined.study.ranked(count), start=1):
            figures = error_figures(*examined.again(frame.name))
            for kind, figure in zip(("range", "above"), figures, strict=True):
                with atomic_write(folder / f"{frame.name}_{kind}.png") as stream:
                    save_figure(stream, figure, "png")
            progress(done)
    console.note(f"the worst frames: {folder}")


@dataclass(frozen=True)
class ScoreRecord:
    """A place for scores: an entry in the header of the weights' file. file: of the weights. name: of the entry."""

    file: Path
    name: str

    @classmethod
    def prepare(cls, weights: str, name: str) -> Self:
        """Find the file of weights, given by name or path. Raises InputError for a graph, which takes no scores."""
        from projection import InputError
        from squeezeseg.weights.model import SUFFIX, SUFFIXES, find_weights

        file = find_weights(weights)
        if file.suffix not in SUFFIXES:
            raise InputError(f"{file}: a graph; scores are kept in the {SUFFIX} that it was made of")
        return cls(file, name)

    def write(self, examined: Examined) -> None:
        """Write the scores in the place of earlier ones. Raises InputError if the file can't be written."""
        from squeezeseg.weights.model import record_score

        result = examined.result
        about = ("frames", "per", "class_map", "view", "engine", "settings", "iou", "truth_points")
        kept = {key: result[key] for key in about}
        ends = {key: result["intervals"][key] for key in ("iou", "level", "unit", "units")}
        objects = {name: result["objects"][name]["truth"] for name in result["iou"]}
        more = {"intervals": ends, "true_objects": objects, "simulated": examined.source.simulated}
        record_score(self.file, self.name, kept | more)
        console.note(f"recorded as {self.name!r} in {self.file}")


def write(path: Path, text: str) -> None:
    """Write a text file, whole or not at all. Raises InputError if that can't be done."""
    from data.atomic import atomic_write

    with atomic_write(path) as file:
        file.write(text.encode(errors="backslashreplace"))  # names may hold bytes that are no text
