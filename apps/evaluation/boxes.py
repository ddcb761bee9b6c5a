"""`squeezeseg eval --boxes`: the boxes of objects scored against a recording's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape

from apps import console
from apps.evaluation.tables import percent

if TYPE_CHECKING:
    from data.sources import Source
    from squeezeseg import Segmenter

_LEVELS = (("strict", "IoU .7 .5 .5"), ("loose", "IoU .5 .25 .25"))
_VIEWS = (("bev", "from above"), ("3d", "3D"))


def examine_boxes(source: Source, segmenter: Segmenter, class_map: str) -> dict[str, Any]:
    """Find the objects of all frames that have boxes, and score theirs. Raises InputError if none has."""
    from data.labels import class_map as named
    from projection import InputError
    from squeezeseg.evaluation.box_scores import FrameBoxes, box_scores

    classes, frames = named(class_map), []
    with console.progress("scoring boxes", len(source)) as progress:
        for done, frame in enumerate(source.frames, start=1):
            true = source.boxes(frame)
            if true is not None:
                scan = source.scan(frame)
                truth = source.truth(frame, scan, classes)
                assert truth is not None
                result = segmenter(scan)
                found = [(one.box, one.class_id, one.score) for one in result.objects]
                frames.append(FrameBoxes.of(true, found, scan.points, truth, result.image.pixel >= 0, classes))
            progress(done)
    if not frames:
        raise InputError(f"{source.path}: no frame has boxes to score against; leave out --boxes")
    about = {"source": str(source.path), "class_map": class_map, "frames": len(frames)}
    card = segmenter.card
    return about | {
        "weights": {"file": card.file, "model": card.model, "checksum": card.checksum},
        "boxes": box_scores(frames),
    }


def report_boxes(result: dict[str, Any]) -> None:
    """Print the scores as a table."""
    scores = result["boxes"]
    table = console.table("per cent", *scores)
    for name, shown in _LEVELS:
        for field, view in _VIEWS:
            cells = (percent(one["ap"][name][field]) for one in scores.values())
            table.add_row(f"AP {view}, {shown}", *cells)
    for zone in next(iter(scores.values()))["by_distance"]:
        cells = (percent(one["by_distance"][zone]["loose"]["bev"]) for one in scores.values())
        table.add_row(f"AP from above, {_LEVELS[1][1]}, {zone} m", *cells)
    table.add_row("objects found", *(percent(one["detected"]) for one in scores.values()))
    table.add_row("boxes of nothing a frame", *(f"{one['false_per_frame']:.2f}" for one in scores.values()))
    table.add_row("true objects", *(f"{one['truth']:,}" for one in scores.values()))
    console.say(f"[bold]{escape(result['source'])}[/bold]: {console.count(result['frames'], 'frame')} with boxes")
    console.show(table)
