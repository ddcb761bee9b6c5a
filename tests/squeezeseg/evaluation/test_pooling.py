"""Pooled scores are those of all frames, scored as one set."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.samples import FakeSource

from data.labels import CLASS_MAPS
from data.segmentation import Segmentation
from projection import project
from squeezeseg.evaluation.labelled_frames import labelled_frames
from squeezeseg.evaluation.pooling import pool
from squeezeseg.evaluation.study import Study


def add(study, source, frames, recording, confidence=True):
    for item in labelled_frames(source.with_frames(source.frames[frames]), CLASS_MAPS["default"]):
        rng = np.random.default_rng(item.scan.frame)
        labels = np.where(rng.random(len(item.truth)) < 0.1, (item.truth + 1) % 4, item.truth).astype(np.uint8)
        sure = np.where(labels == item.truth, 0.9, 0.6).astype(np.float32) if confidence else None
        study.add(item, Segmentation(labels, project(item.scan.points, source.sensor), sure), recording=recording)
    return study


def test_it_equals_one_study_of_all(tmp_path):
    source = FakeSource(tmp_path, 5)
    first, second = slice(0, 2), slice(2, 5)
    whole = add(add(Study(), source, first, "x"), source, second, "y").as_dict()
    parts = {"a": add(Study(), source, first, "x"), "b": add(Study(), source, second, "y")}
    pooled = pool(parts).as_dict()
    assert {key: value for key, value in pooled.items() if key != "worst_frames"} == {
        key: value for key, value in whole.items() if key != "worst_frames"
    }
    assert {frame["name"].split("/")[0] for frame in pooled["worst_frames"]} == {"a", "b"}


@pytest.mark.parametrize("known", [(True, False), (False, False)])
def test_without_confidence_in_a_part_there_is_none(tmp_path, known):
    source = FakeSource(tmp_path, 2)
    parts = {str(k): add(Study(), source, slice(k, k + 1), "x", one) for k, one in enumerate(known)}
    assert pool(parts).as_dict()["reliability"] is None
