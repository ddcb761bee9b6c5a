"""`squeezeseg train --boxes`: a head for boxes on finished weights, which stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.markup import escape

from apps import console
from apps.given_command import given_command
from data.labels import ClassMap
from data.lock import Lock
from data.sources import Source
from projection import InputError
from squeezeseg.engines import processor
from squeezeseg.engines.torch_engine import fastest_type, load_network
from squeezeseg.training.box_fit import BoxFit, fit_head, ranges
from squeezeseg.training.box_patches import gather, together
from squeezeseg.weights import container, load_weights, save_model
from squeezeseg.weights.box_head import with_head

TAKEN = ("steps", "batch", "rate", "seed")
"""Options of the recipe that a head for boxes has as well."""


def train_boxes(
    init: str | None,
    drives: Callable[[int], list[Source]],
    out: Path,
    class_map: ClassMap,
    given: Mapping[str, Any],
    *,
    as_json: bool,
) -> None:
    """Gather patches, fit the head to them, and write the weights with it, as a container where they are one.

    drives: to learn from, for a seed. given: options of the recipe.

    Raises:
        InputError: no weights are given, they can't have such a head, no drive has boxes, or an option is of no use.
    """
    if init is None:
        raise InputError("--boxes: on which network? Name its weights: --init fast, or a file of weights")
    if other := [name for name in given if name not in TAKEN]:
        raise InputError(f"--{other[0]}: not with --boxes, whose network is finished; leave it out")
    processor.guard_matrix_unit()
    fit = replace(BoxFit(), **given)
    model = load_weights(init)
    if model.card.architecture.head[0] != "unfold" or model.card.architecture.encoding == "cartesian":
        raise InputError(f"--boxes: {model.card.model} can't have a head for boxes; give weights of fast by --init")
    network = load_network(model).to(fastest_type(torch.device("cpu")))
    out.mkdir(parents=True, exist_ok=True)
    with Lock.of_folder(out):
        folder, parts = out / f"patches-{model.card.checksum[:12]}", []
        for source in drives(fit.seed):
            with console.progress(f"reading {source.name}", len(source)) as progress:
                parts += gather(
                    source, network, model.card.normalisation, class_map, folder / source.name, fit.seed, progress
                )
        if not parts:
            raise InputError("--boxes: no frame of the drives has boxes to learn from; give others")
        patches = together(parts)
        with console.progress("training", fit.steps) as progress:
            head = fit_head(patches, fit, lambda done, _: progress(done))
        tensors = {name: value.numpy() for name, value in head.state_dict().items()}
        made = with_head(model, tensors, ranges(head, patches))
        made = replace(made, card=replace(made.card, command=f"{model.card.command}; {given_command()}"))
        if made.container is None:
            weights = out / "model.safetensors"
            save_model(weights, made, half=False)
        else:
            weights = out / f"model{container.SUFFIX}"
            container.write_container(weights, replace(made.container, card=made.card))
    if as_json:
        console.print_json({"weights": str(weights), "patches": len(patches)})
        return
    console.say(f"weights with boxes written to [bold]{escape(str(weights))}[/bold]")
