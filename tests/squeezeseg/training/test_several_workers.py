"""Training by several processes: the weights of one, and nothing lost where one is."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from helpers.models import card, fresh_network
from helpers.samples import make_store
from helpers.workers import run_workers
from helpers.workers_at_work import interrupted, killed, on_discs_of_their_own, refused, trained
from safetensors.torch import load_file

from squeezeseg.distributed.exchange import Exchange
from squeezeseg.training.loop import train
from squeezeseg.training.settings import TrainSettings
from squeezeseg.weights import Model

SMALL = TrainSettings(model="fast", steps=4, batch=2, width=64, crf_steps=2, precision="float32", checkpoint_every=2)


def losses(folder):
    return [json.loads(line)["loss"] for line in (folder / "log.jsonl").read_text().splitlines()]


def parts(folder, *names):
    state = load_file(folder / "checkpoint.safetensors")
    return {key: value for key, value in state.items() if key.startswith(names)}


def teacher():
    state = fresh_network("fast", 4).state_dict()
    return Model(card("fast"), {f"network.{name}": value.numpy() for name, value in state.items()})


@pytest.mark.slow
def test_two_workers_make_the_weights_of_one(tmp_path):
    """Twenty steps of the recipe, the last with the CRF, a teacher, and the fit of the CRF.

    In float32 rounding grows: a deep network's weights don't repeat to 1e-4 even where one process starts from
    weights that a rounding error changed, and Adam makes steps of gradients that are nothing but rounding.
    """
    recipe = {"steps": 20, "batch": 4, "crf_joint": 0.3, "optimiser": "sgd"}
    settings = SMALL.model_copy(update=recipe)
    taught = {"teachers": [teacher()]}
    train(settings, make_store(), tmp_path / "one", **taught)
    run_workers(trained, settings, tmp_path / "two", taught)
    one, two = (parts(tmp_path / name, "network", "crf") for name in ("one", "two"))
    apart = {name: float((one[name].float() - two[name].float()).abs().max()) for name in one}
    assert max(apart.values()) < 1e-4, max(apart, key=apart.__getitem__)
    np.testing.assert_allclose(losses(tmp_path / "two"), losses(tmp_path / "one"), rtol=1e-4)


def test_only_the_first_worker_writes(tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]
    folders[1].mkdir()
    written = run_workers(on_discs_of_their_own, SMALL, folders)
    assert written == [["checkpoint.safetensors", "log.jsonl", "model.safetensors"], []]


@pytest.mark.slow
def test_all_end_after_the_step_in_which_one_is_interrupted(tmp_path):
    assert run_workers(interrupted, SMALL, tmp_path, 3) == [True, True]
    assert len(losses(tmp_path)) == 3
    run_workers(trained, SMALL, tmp_path)
    assert len(losses(tmp_path)) == SMALL.steps + SMALL.crf_steps


@pytest.mark.slow
def test_the_newest_checkpoint_counts_whoever_has_it(tmp_path):
    """The worker that wrote comes back as the second, on a machine whose disc the others don't see."""
    stopped = SMALL.model_copy(update={"crf_steps": 0})
    run_workers(interrupted, stopped, tmp_path / "old", 3)
    folders = [tmp_path / "new", tmp_path / "old"]
    run_workers(on_discs_of_their_own, stopped, folders)
    run_workers(trained, stopped, tmp_path / "whole")
    assert len(losses(folders[0])) == 1  # the fourth step alone
    one, other = parts(folders[0], "network"), parts(tmp_path / "whole", "network")
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_several_workers_are_refused(tmp_path):
    cases = [
        ({"batch": 1}, (3, 3), "2 workers share a batch of 1; give a larger --batch"),
        ({"compile": True}, (3, 3), "--compile: a network that several workers train isn't compiled"),
        ({}, (3, 4), "worker 1: other settings or samples than worker 0"),
    ]
    runs = [(SMALL.model_copy(update=change), tmp_path, frames) for change, frames, _ in cases]
    for found in run_workers(refused, runs):
        for message, (_, _, expected) in zip(found, cases, strict=True):
            assert message.startswith(f"InputError: {expected}")


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_more_than_the_steps_since_the_checkpoint(tmp_path):
    settings = SMALL.model_copy(update={"steps": 8})
    message, nothing = run_workers(killed, settings, tmp_path / "run", 5)
    assert message.startswith("InputError: worker 0: another worker has ended; go on from the last checkpoint")
    assert nothing is None
    run_workers(trained, settings, tmp_path / "run")
    run_workers(trained, settings, tmp_path / "whole")
    assert losses(tmp_path / "run") == losses(tmp_path / "whole")
    one, other = parts(tmp_path / "run", "network"), parts(tmp_path / "whole", "network")
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.slow
def test_own_losses_are_nearly_the_whole_one_and_send_less(tmp_path):
    whole = run_workers(trained, SMALL, tmp_path / "whole")[0]
    own = run_workers(trained, SMALL, tmp_path / "own", exchange=Exchange(own_loss=True))[0]
    assert (whole["loss"] > 0, own.get("loss", 0)) == (True, 0)
    assert losses(tmp_path / "own")[0] == pytest.approx(losses(tmp_path / "whole")[0], rel=0.1)


@pytest.mark.slow
def test_three_workers_share_a_batch_that_three_does_not_divide(tmp_path):
    settings = SMALL.model_copy(update={"batch": 4, "steps": 3})
    train(settings, make_store(), tmp_path / "one")
    run_workers(trained, settings, tmp_path / "three", size=3)
    np.testing.assert_allclose(losses(tmp_path / "three"), losses(tmp_path / "one"), rtol=1e-4)
