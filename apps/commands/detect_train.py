"""`squeezeseg detect train`: SqueezeDet learns from labelled pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from apps import console
from apps.detection.options import ListOption, PicturesArgument, need_torch
from apps.given_command import given_command
from apps.options import JsonOption
from apps.training.options import BatchOption, RateOption, SeedOption, StepsOption


def detect_train(
    images: PicturesArgument,
    split: ListOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run folder.")] = Path("runs/detector"),
    init: Annotated[
        Path | None,
        typer.Option("--init", metavar="FILE", help="Start from SqueezeNet's ImageNet weights (Keras .h5)."),
    ] = None,
    model: Annotated[
        Literal["squeezedet", "squeezedet+"], typer.Option("--model", help="Which network.")
    ] = "squeezedet",
    size: Annotated[
        str | None,
        typer.Option(
            "--size", metavar="WxH", help="Pixels that pictures are resized to.", show_default="as published: 1248x384"
        ),
    ] = None,
    steps: StepsOption = None,
    batch: BatchOption = None,
    rate: RateOption = None,
    seed: SeedOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that RUN holds.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Train SqueezeDet on labelled pictures, in the published way.

    The pictures are in KITTI's layout: image_2, and label_2 beside it. RUN/model.safetensors is what
    'squeezeseg detect' takes. 'squeezeseg simulate OUT --camera' makes pictures to try it on.
    """
    need_torch()
    from pydantic import ValidationError

    from data.kitti.images import open_images
    from data.lock import Lock
    from data.settings_file import explain
    from projection import InputError
    from squeezeseg.training.squeezedet.run import LOG, train_detector
    from squeezeseg.training.squeezedet.samples import PictureSamples
    from squeezeseg.training.squeezedet.settings import DetectorSettings

    given = {"steps": steps, "batch": batch, "rate": rate, "seed": seed}
    sides = _sides(size) if size else {}
    values = {"model": model, **sides, **{name: value for name, value in given.items() if value is not None}}
    try:
        settings = DetectorSettings.model_validate(values)
    except ValidationError as error:
        raise InputError(f"settings: {explain(error, DetectorSettings)}") from None
    if (out / LOG).exists() and not resume:
        raise InputError(f"{out}: holds a run; go on with it by --resume, or choose another --out")
    folder = open_images(images)
    samples = PictureSamples.of((folder.listed(split) if split else folder).labelled)
    command = given_command()
    with Lock.of_folder(out), console.progress("training", settings.steps) as progress:
        try:
            weights = train_detector(
                settings, samples, out, init=init, command=command, on_step=lambda at: progress(at.step)
            )
        except KeyboardInterrupt:
            console.note(f"interrupted; go on with: {command} --resume")
            raise
    if as_json:
        console.print_json({"weights": str(weights), "pictures": len(samples), "steps": settings.steps})
        return
    console.say(f"{console.count(len(samples), 'picture')}, {settings.steps:,} steps")
    console.note(f"wrote {weights}")


def _sides(text: str) -> dict[str, int]:
    from projection import InputError

    width, _, height = text.lower().partition("x")
    if not (width.isascii() and width.isdecimal() and height.isascii() and height.isdecimal()):
        raise InputError(f"--size {text!r}: give width and height in pixels, such as 624x192")
    return {"width": int(width), "height": int(height)}
