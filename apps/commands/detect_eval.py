"""`squeezeseg detect eval`: average precision on labelled pictures, as KITTI has it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from apps import console
from apps.detection.options import ListOption, PicturesArgument, need_torch
from apps.options import JsonOption


def detect_eval(
    images: PicturesArgument,
    model: Annotated[
        Path | None, typer.Option("--model", "--weights", metavar="FILE", help="Weights of 'squeezeseg detect train'.")
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option("--predictions", metavar="RUN", help="Score the boxes of 'squeezeseg detect', run no network."),
    ] = None,
    split: ListOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score detections in labelled pictures: average precision of KITTI's object benchmark.

    IoU of 0.7 for cars, 0.5 for pedestrians and cyclists; easy, moderate and hard as the benchmark has them. Over 40
    points of recall, as since 2019, and over 11, as papers before have it.
    """
    from apps.detection.run_folder import label_file
    from data.kitti.images import open_images, read_image
    from data.kitti.object_labels import read_object_labels
    from projection import InputError
    from squeezeseg.detection.kitti_score import score

    if (model is None) == (run is None):
        raise InputError("what shall be scored? give either --model FILE or --predictions RUN")
    folder = open_images(images)
    folder = (folder.listed(split) if split else folder).labelled
    truth = [folder.read_labels(image) for image in folder.files]
    if run is not None:
        found = [read_object_labels(label_file(run, image.stem)) for image in folder.files]
    else:
        need_torch()
        from squeezeseg.detection.detector import Detector

        assert model is not None
        detector, found = Detector.load(model), []
        with console.progress("detecting", len(folder.files)) as progress:
            for image in folder.files:
                found.append(detector(read_image(image)))
                progress(len(found))
    scores = {f"{points} points": score(truth, found, points) for points in (40, 11)}
    if as_json:
        console.print_json({"pictures": len(truth), "average_precision": scores})
        return
    for points, by_class in scores.items():
        table = console.table(f"AP, {points}", "easy", "moderate", "hard")
        for kind, values in by_class.items():
            table.add_row(kind, *("-" if value is None else f"{100 * value:.1f}" for value in values.values()))
        console.show(table)
    console.note(f"{console.count(len(truth), 'picture')}; -: nothing there had to be found")
