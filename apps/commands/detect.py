"""`squeezeseg detect`: objects in a camera's pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from apps import console
from apps.detection.options import DetectorOption, ListOption, PicturesArgument, need_torch
from apps.options import JsonOption


def detect(
    images: PicturesArgument,
    model: DetectorOption,
    split: ListOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder.")] = Path("runs/detect"),
    pictures: Annotated[
        bool, typer.Option("--pictures", help="Also draw the boxes that are sure enough into copies of the pictures.")
    ] = False,
    sure: Annotated[
        float, typer.Option("--sure", metavar="P", min=0, max=1, help="Score from which boxes are drawn and counted.")
    ] = 0.4,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that RUN holds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find cars, pedestrians and cyclists in a camera's pictures, with SqueezeDet.

    RUN/data/NAME.txt has a line for each box, as KITTI's label_2 has it, with the score behind it. 'squeezeseg detect
    train' makes the weights, 'squeezeseg detect eval' scores them.
    """
    need_torch()
    from apps.detection.run_folder import PICTURES, begin, label_file, write_labels
    from apps.drawing.rectangles import draw_rectangles
    from data.kitti.images import open_images, read_image
    from data.kitti.object_labels import read_object_labels
    from data.lock import Lock
    from squeezeseg.detection.detector import Detector

    folder = open_images(images)
    if split is not None:
        folder = folder.listed(split)
    detector = Detector.load(model)
    counts: Counter[str] = Counter()
    with Lock.of_folder(out), console.progress("detecting", len(folder.files)) as progress:
        begin(out, images, model, resume=resume)
        for number, image in enumerate(folder.files, start=1):
            written, drawn = label_file(out, image.stem), out / PICTURES / f"{image.stem}.png"
            if resume and written.is_file() and (drawn.is_file() or not pictures):
                found = read_object_labels(written)
            else:
                pixels = read_image(image)
                found = detector(pixels)
                if pictures:
                    draw_rectangles(drawn, pixels, [one for one in found if (one.score or 0) >= sure])
                write_labels(written, found)
            counts.update(one.kind for one in found if (one.score or 0) >= sure)
            progress(number)
    if as_json:
        console.print_json({"run": str(out), "pictures": len(folder.files), "sure": sure, "objects": dict(counts)})
        return
    listed = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "nothing"
    console.say(
        f"[bold]{console.count(len(folder.files), 'picture')}[/bold]: {listed} with a score of {sure:g} or more"
    )
    console.note(f"wrote {out}")
