"""The commands with a network, on whole recordings. Its weights are random: what it finds doesn't matter."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from helpers.models import card, fresh_network

from crf import CRFSettings
from data.sources import open_source
from squeezeseg import Model, load_model, save_model
from squeezeseg.engines import processor

DRIVE = "kitti_raw/2011_09_26/2011_09_26_drive_0048_sync"

processor.guard_matrix_unit()


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    settings = CRFSettings()
    tensors = {f"network.{name}": value.numpy() for name, value in fresh_network("squeezeseg", 4).state_dict().items()}
    tensors |= {"crf.angular": settings.angular_start(), "crf.bilateral": settings.bilateral_start()}
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    save_model(path, Model(card("squeezeseg", crf=settings), tensors))
    return path


def test_segment_then_score(drive, tmp_path, cli, weights):
    options = ["--weights", weights, "--frames", ":2", "--json"]
    how = ["--view", "front", "--engine", "torch"]
    made = cli("segment", drive, "--out", tmp_path / "run", *how, *options)
    assert (made.status, made.err) == (0, "")
    fresh = json.loads(cli("eval", drive, *how, *options).out)
    saved = json.loads(cli("eval", drive, "--predictions", tmp_path / "run", *options).out)
    assert fresh["confusion"] == saved["confusion"]
    assert fresh["weights"] == saved["weights"] == json.loads(made.out)["settings"]["weights"]


@pytest.mark.slow
def test_every_point_of_a_real_drive_gets_a_label(real, tmp_path, cli, weights):
    run = tmp_path / "run"
    assert cli("segment", real / DRIVE, "--out", run, "--weights", weights).status == 0
    source = open_source(real / DRIVE)
    assert len(list((run / "labels").iterdir())) == len(source) == 22
    for frame in source.frames:
        labels = np.fromfile(run / "labels" / f"{frame.name}.label", "<u4")
        assert len(labels) == len(source.scan(frame))
        assert set(labels.tolist()) <= {0, 1, 2, 3}


@pytest.mark.parametrize("damage", [None, np.zeros((2, 2), np.float32)], ids=["missing", "of another shape"])
def test_weights_whose_crf_is_damaged(drive, tmp_path, cli, weights, damage):
    model = load_model(weights)
    tensors = {name: value for name, value in model.tensors.items() if name != "crf.angular"}
    save_model(
        tmp_path / "w.safetensors", Model(model.card, tensors | ({} if damage is None else {"crf.angular": damage}))
    )
    outcome = cli("segment", drive, "--out", tmp_path / "run", "--weights", tmp_path / "w.safetensors")
    assert outcome.status == 2
    assert outcome.err.startswith(f"error: {tmp_path / 'w.safetensors'}: the CRF's tensors are missing or don't fit")
