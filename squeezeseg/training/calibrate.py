"""Calibration of a finished network: its temperature and the object classifier, fitted on scans held back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.labels import IGNORE, ClassMap
from data.sources import Source
from projection import InputError, RangeImage
from squeezeseg.engines import Engine
from squeezeseg.inference.factory import load_engine
from squeezeseg.inference.segmenter import Segmenter
from squeezeseg.inference.settings import InferenceSettings
from squeezeseg.objects import PART, fit_classifier
from squeezeseg.training.temperature import fit_temperature
from squeezeseg.weights import Model

PIXELS = 4096
"""Of each scan, drawn at random, that the temperature is fitted to."""


def calibrate(
    model: Model, sources: Sequence[Source], class_map: ClassMap, progress: Callable[[int], None] | None = None
) -> Model:
    """The model with a temperature and an object classifier fitted to labelled scans that it wasn't trained on.

    The scans are gone through twice, for the classifier sees probabilities at the temperature that was found.

    progress: told the scans done, of twice as many as the sources have.

    Raises:
        InputError: no scan has labels, or none of them an object.
    """
    plain = Model(replace(model.card, temperature=1.0), model.tensors)
    engine = load_engine(plain)
    done = 0

    def scans(model: Model) -> Iterator[_Pixels]:
        nonlocal done
        for pixels in _pixels(model, engine, sources, class_map):
            done += 1
            yield pixels
            if progress is not None:
                progress(done)

    random = np.random.default_rng(0)
    scores, truths = [], []
    for _, probabilities, truth in scans(plain):
        known = np.flatnonzero(truth != IGNORE)
        drawn = random.choice(known, min(len(known), PIXELS), replace=False)
        # Logits but for a number that all classes of a pixel share, which doesn't matter.
        scores.append(np.log(np.maximum(probabilities.reshape(len(probabilities), -1)[:, drawn].T, 1e-30)))
        truths.append(truth.reshape(-1)[drawn])
    if not scores:
        raise InputError("calibration: none of the scans held back has labels; check the end of the training data")
    temperature = round(fit_temperature(np.concatenate(scores), np.concatenate(truths)), 4)
    card = replace(model.card, temperature=temperature)
    fitted = fit_classifier(scans(Model(card, model.tensors)))
    tensors = {name: value for name, value in model.tensors.items() if not name.startswith(f"{PART}.")}
    return Model(card, tensors | {f"{PART}.{name}": value for name, value in fitted.items()})


_Pixels = tuple[RangeImage, NDArray[np.float32], NDArray[np.uint8]]
"""A range image, its probabilities (C, H, W) and its true labels (H, W)."""


def _pixels(model: Model, engine: Engine, sources: Sequence[Source], class_map: ClassMap) -> Iterator[_Pixels]:
    for source in sources:
        sensor = source.sensor
        if sensor.full_turn and not source.labels_around:
            sensor = sensor.with_view("front")
        segmenter = Segmenter(engine, model, sensor, InferenceSettings(objects=False))
        for frame in source.frames:
            try:
                scan = source.scan(frame)
                truth = source.truth(frame, scan, class_map)
            except InputError:  # told of when the samples were made
                continue
            if truth is not None:
                image, probabilities, _ = segmenter.pixels(scan)
                yield image, probabilities, image.of_pixels(truth, IGNORE)
