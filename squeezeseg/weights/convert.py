"""Weights from one of their formats to another, every number as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from projection import InputError
from squeezeseg.weights import container
from squeezeseg.weights.container import Container, write_container
from squeezeseg.weights.model import SUFFIX, SUFFIXES, Model, load_weights, save_model
from squeezeseg.weights.stored_tensor import Floats


def convert(
    source: str | Path, target: Path, complete: Callable[[Model, Container], Container] = lambda _, made: made
) -> None:
    """Write weights, a file or those in the package by name, in the format that the new file's name ends in.

    To .safetensors they go in float32. To .sqz in float16 where that has the same number, and otherwise in float32:
    nothing is lost, and little is won; `squeezeseg compress` is what makes them small. A .sqz stays as it is.

    complete: of a container that is made: adds what it should hold beside the weights.

    Raises:
        InputError: the weights can't be read, or there is no format of that name.
    """
    if target.suffix not in SUFFIXES:
        raise InputError(f"{target}: the name must end in {container.SUFFIX} or {SUFFIX}")
    model = load_weights(source)
    if target.suffix == SUFFIX:
        save_model(target, model, half=False)
        return
    if model.container is not None:
        write_container(target, model.container)
        return
    with np.errstate(over="ignore"):
        exact = {name: bool((value == value.astype(np.float16)).all()) for name, value in model.tensors.items()}
    made = Container(model.card, {name: Floats(value, exact[name]) for name, value in model.tensors.items()})
    write_container(target, complete(model, made))
